#include "trainer/options/model_tables.hpp"

#include "trainer/options/common_rows.hpp"

namespace cut::trainer {
namespace {

constexpr const char* modelHelp = "the model: model.pt of a run, or a .pth of the reference";

template <typename T>
void addModel(OptionTable<T>& table) {
  table.path("model", &T::model, modelHelp).shown = "FILE";
}

// --model is a file here, and a method in the reference.
void addTestModel(OptionTable<TestOptions>& table) {
  auto& row = table.path("model", &TestOptions::model, std::string(modelHelp) + ", in place of --name");
  row.shown = "FILE";
  row.set = [set = row.set](TestOptions& options, const std::string& text) {
    if (text == "cut") return;
    for (const char* method : {"sincut", "cycle_gan", "test", "pix2pix"})
      if (text == method)
        refuse("model", "expected a file, or cut; '" + text + "' is a method that is not here");
    set(options, text);
  };
}

// Of the reference's command lines: the weights say what the network is, and results are always made one by
// one, in order, in evaluation mode.
void addReferenceOnlyOptions(OptionTable<TestOptions>& table) {
  table.group("");
  table.ignored("dataset_mode",
                {{"unaligned"},
                 {"single", "is not needed: testA alone will do; leave it out"},
                 {"singleimage", "is for single-image models, which a later version will have"}});
  for (const char* name : {"easy_label",  "input_nc",    "output_nc",
                           "ngf",         "ndf",         "netD",
                           "netG",        "n_layers_D",  "normG",
                           "normD",       "init_type",   "init_gain",
                           "num_threads", "batch_size",  "random_scale_max",
                           "CUT_mode",    "lambda_GAN",  "lambda_NCE",
                           "nce_layers",  "netF",        "netF_nc",
                           "nce_T",       "num_patches", "stylegan2_G_num_downsampling"})
    table.ignored(name);
  for (const char* name :
       {"no_dropout", "no_antialias", "no_antialias_up", "serial_batches", "no_flip", "verbose", "eval",
        "nce_idt", "nce_includes_all_negatives_from_minibatch", "flip_equivariance"})
    table.ignored(name, ValueKind::boolean);
}

}  // namespace

OptionTable<TranslateOptions> translateTable() {
  using T = TranslateOptions;
  OptionTable<T> table;
  table.group("Files");
  table.path("IN", &T::input, "an image, a folder (with its subfolders) or a video").role = Role::positional;
  table.path("OUT", &T::output, "what to write: the same kind as IN").role = Role::positional;
  table.group("What");
  addModel(table);
  table.boolean("overwrite", &T::overwrite, "replace what is there already");
  addExifOrientation(table);
  addEngine(table);
  return table;
}

OptionTable<TestOptions> testTable() {
  using T = TestOptions;
  OptionTable<T> table;
  table.group("Which model");
  addRun(table, "the run that is tested");
  addSuffix(table);
  addEpoch(table, "its checkpoint: latest, an epoch's number, or iter_N");
  addTestModel(table);
  table.group("Which images");
  addDomains(table, "a folder with testA (or valA); testB is shown beside it where it is there",
             "domain A instead: a folder, an image or a video. May be given several times");
  table.text("phase", &T::phase, "WORD", "the folders of --dataroot: WORDA and WORDB");
  addDirection(table);
  addMaxDatasetSize(table);
  table.integer("num_test", &T::numTest, {1, 1'000'000'000}, "images at most");
  table.group("How they are prepared");
  addExifOrientation(table);
  addPreprocess(table);
  table.seed("seed", &T::seed, "of crops by chance");
  table.boolean("reference_quirks", &T::referenceQuirks,
                "the reference's numbers where it is wrong: scale_width and scale_shortside, pixels cut off");
  table.group("The page");
  table.path("results_dir", &T::resultsDir, "the page is RESULTS_DIR/NAME/PHASE_EPOCH/index.html");
  table.integer("display_winsize", &T::displayWinsize, {1, 16384}, "pixels: the width of a picture on it");
  addEngine(table);
  addGpuIds(
      table, [](auto& options) -> auto& { return options.engine.device; });
  addReferenceOnlyOptions(table);
  return table;
}

OptionTable<EvaluateOptions> evaluateTable() {
  using T = EvaluateOptions;
  OptionTable<T> table;
  table.group("What");
  addModel(table);
  addDomains(table, "a folder with testA and testB (or valA and valB)",
             "more of domain A: a folder, an image or a video. May be given several times, with or without "
             "--dataroot");
  table.text("phase", &T::phase, "WORD", "the folders of --dataroot: WORDA and WORDB");
  addDirection(table);
  table.integer("max_images", &T::maxImages, {0, 1'000'000'000}, "of each domain at most; 0 is all");
  addExifOrientation(table);
  table.group("How");
  auto& features = table.path("features", &T::features,
                              "a TorchScript network from images to features: FID and KID over them as well");
  features.shown = "FILE";
  table.seed("seed", &T::seed, "of what is drawn by chance");
  table.boolean("json", &T::json, "print JSON");
  addEngine(table);
  return table;
}

}  // namespace cut::trainer
