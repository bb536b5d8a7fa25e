// SPDX-License-Identifier: MIT
// The rows of translate, test and evaluate, and those that train shares with them.
#include <algorithm>
#include <limits>

#include "trainer/options/tables.hpp"

namespace cut::trainer {
namespace {

constexpr const char* modelHelp = "the model: model.pt of a run, or a .pth of the reference";

bool isNumber(std::string_view text) {
  constexpr std::size_t longest = 18;
  return !text.empty() && text.size() <= longest &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string epochOf(const std::string& option, const std::string& text) {
  constexpr std::string_view iteration = "iter_";
  const std::string_view word = text;
  const bool known = word == "latest" || isNumber(word) ||
                     (word.starts_with(iteration) && isNumber(word.substr(iteration.size())));
  if (!known) refuse(option, "latest, an epoch's number, or iter_N", text);
  return text;
}

std::string engineOf(const std::string& option, const std::string& text) {
  indexOf(option, text, {{"auto"}, {"cpu"}, {"torch"}});
  return text;
}

void addEngine(OptionTable& table, EngineOptions& options) {
  table.group("Machine");
  table.text("engine", options.engine, "auto|cpu|torch",
             "what runs the network; auto takes the fast module cpu where it can", engineOf);
  addDevice(table, options.device);
  addThreads(table, options.threads);
  table.choice("precision", options.precision,
               {Precision::automatic, Precision::fp32, Precision::tf32, Precision::fp16, Precision::bf16,
                Precision::int8},
               "of the network's arithmetic, as far as the engine has it");
}

void addModel(OptionTable& table, std::filesystem::path& model) {
  table.path("model", model, modelHelp).shown = "FILE";
}

// --model is a file here, and a method in the reference.
void addTestModel(OptionTable& table, TestOptions& options) {
  Option& row = table.path("model", options.model, std::string(modelHelp) + ", in place of --name");
  row.shown = "FILE";
  row.set = [set = row.set](const std::string& text) {
    for (const MethodName method : allMethods)
      if (text == nameOf(method)) return;
    for (const char* method : {"test", "pix2pix"})
      if (text == method)
        refuse("model",
               "expected a file, or cut, sincut or cycle_gan; '" + text + "' is a method that is not here");
    set(text);
  };
}

// Of the reference's command lines: the weights say what the network is, and results are always made one by
// one, in order, in evaluation mode.
void addReferenceOnlyOptions(OptionTable& table) {
  table.group("");
  table.ignored(
      "dataset_mode",
      {{"unaligned"}, {"single", "is not needed: testA alone will do; leave it out"}, {"singleimage"}});
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

std::string runNameOf(const std::string& option, const std::string& text) {
  const std::filesystem::path path(lineOf(option, text));
  const bool outside = path.is_absolute() || std::find(path.begin(), path.end(), "..") != path.end();
  if (outside || path.lexically_normal().filename().empty() || path.lexically_normal() == ".")
    refuse(option, "the name of a folder in --checkpoints_dir", text);
  return text;
}

std::string deviceOf(const std::string& option, const std::string& text) {
  constexpr std::string_view cuda = "cuda:";
  constexpr std::size_t digits = 3;
  const std::string_view word = text;
  if (word == "cuda") return "cuda:0";
  const bool card =
      word.starts_with(cuda) && word.size() <= cuda.size() + digits && isNumber(word.substr(cuda.size()));
  if (word != "auto" && word != "cpu" && !card) refuse(option, "auto, cpu or cuda:N (N from 0)", text);
  return text;
}

std::string deviceOfGpuIds(const std::string& text) {
  constexpr IntegerRange cards{-1, 999};
  if (text.find(',') != std::string::npos)
    refuse("gpu_ids", "-1 (the CPU) or a single number, because one device does all the work", text);
  const std::int64_t id = integerOf("gpu_ids", text, cards);
  return id < 0 ? "cpu" : "cuda:" + std::to_string(id);
}

void addDomains(OptionTable& table, std::filesystem::path& dataroot,
                std::vector<std::filesystem::path>& dataA, std::vector<std::filesystem::path>& dataB,
                const std::string& rootHelp, const std::string& dataHelp) {
  table.path("dataroot", dataroot, rootHelp);
  table.paths("dataA", dataA, dataHelp);
  table.paths("dataB", dataB, "the same of domain B");
}

void addPhase(OptionTable& table, std::string& phase) {
  table.text("phase", phase, "WORD", "the folders of --dataroot: WORDA and WORDB");
}

void addDirection(OptionTable& table, Direction& direction) {
  table.choice("direction", direction, {Direction::aToB, Direction::bToA}, "BtoA exchanges the domains");
}

void addMaxDatasetSize(OptionTable& table, std::int64_t& size) {
  constexpr auto all = std::numeric_limits<std::int64_t>::max();
  Option& row =
      table.add("max_dataset_size", "N", ValueKind::integer,
                "images and video frames of each domain at most, the first ones by name; inf is all");
  row.range = IntegerRange{1, all}.text();
  row.set = [&size](const std::string& text) {
    size = lowered(text) == "inf" ? all : integerOf("max_dataset_size", text, IntegerRange{1, all});
  };
  row.get = [&size] { return std::vector<std::string>{size == all ? "inf" : std::to_string(size)}; };
}

void addRun(OptionTable& table, std::string& name, std::filesystem::path& checkpointsDir,
            const std::string& help) {
  table.text("name", name, "NAME", help, runNameOf);
  table.path("checkpoints_dir", checkpointsDir, "the folder of the runs' folders");
}

void addSuffix(OptionTable& table) {
  Option& row = table.add("suffix", "TEXT", ValueKind::text,
                          "put behind the name, after a _. {OPTION} stands for an option's value: "
                          "{model}_{netG}_size{load_size}");
  row.set = [](const std::string& text) { lineOf("suffix", text); };
}

void addEpoch(OptionTable& table, std::string& epoch, const std::string& help) {
  table.text("epoch", epoch, "WHICH", help, epochOf);
}

void addDevice(OptionTable& table, std::string& device) {
  table.text("device", device, "DEVICE",
             "auto, cpu or cuda:N; auto takes the first card, or the CPU where there is none", deviceOf);
}

void addGpuIds(OptionTable& table, std::string& device) {
  Option& row = table.add("gpu_ids", "N", ValueKind::text,
                          "the reference's way to say it: -1 is --device cpu, N is --device cuda:N");
  row.set = [&device](const std::string& text) { device = deviceOfGpuIds(text); };
}

void addThreads(OptionTable& table, int& threads) {
  table.integer("threads", threads, {0, 1024},
                "of the CPU that compute; 0 is as many as the process may use");
}

void addExifOrientation(OptionTable& table, bool& applied) {
  table.boolean(
      "exif_orientation", applied,
      "turn and mirror images as the orientation in their EXIF data says; the reference ignores it");
}

void addPreprocess(OptionTable& table, PreprocessMode& mode, int& loadSize, int& loadHeight, int& cropSize) {
  Option& row =
      table.add("preprocess", "MODE", ValueKind::text,
                "words joined by _and_: resize (to load_size x load_size), scale_width, scale_shortside (to "
                "load_size), fixsize, zoom, crop (crop_size x crop_size), patch, trim; or none");
  row.set = [&mode](const std::string& text) { mode = text; };
  row.get = [&mode] { return std::vector<std::string>{mode.text()}; };
  table.integer("load_size", loadSize, {4, 16384}, "pixels that images are scaled to");
  table.integer("load_height", loadHeight, {0, 16384},
                "pixels: their height where it is another, with resize and fixsize; 0 is load_size");
  table.integer("crop_size", cropSize, {4, 16384}, "pixels that are then cut out");
}

OptionTable translateTable(TranslateOptions& options) {
  OptionTable table;
  table.group("Files");
  table.path("IN", options.input, "an image, a folder (with its subfolders) or a video").role =
      Role::positional;
  table.path("OUT", options.output, "what to write: the same kind as IN").role = Role::positional;
  table.group("What");
  addModel(table, options.model);
  table.boolean("overwrite", options.overwrite, "replace what is there already");
  addExifOrientation(table, options.exifOrientation);
  addEngine(table, options.engine);
  return table;
}

OptionTable testTable(TestOptions& options) {
  OptionTable table;
  table.group("Which model");
  addRun(table, options.name, options.checkpointsDir, "the run that is tested");
  addSuffix(table);
  addEpoch(table, options.epoch, "its checkpoint: latest, an epoch's number, or iter_N");
  addTestModel(table, options);
  table.group("Which images");
  addDomains(table, options.dataroot, options.dataA, options.dataB,
             "a folder with testA (or valA); testB is shown beside it where it is there",
             "domain A instead: a folder, an image or a video. May be given several times");
  addPhase(table, options.phase);
  addDirection(table, options.direction);
  addMaxDatasetSize(table, options.maxDatasetSize);
  table.integer("num_test", options.numTest, {1, 1'000'000'000}, "images at most");
  table.group("How they are prepared");
  addExifOrientation(table, options.exifOrientation);
  addPreprocess(table, options.preprocess, options.loadSize, options.loadHeight, options.cropSize);
  table.seed("seed", options.seed, "of crops by chance");
  table.boolean("reference_quirks", options.referenceQuirks,
                "the reference's numbers where it is wrong: scale_width and scale_shortside, pixels cut off");
  table.group("The page");
  table.path("results_dir", options.resultsDir, "the page is RESULTS_DIR/NAME/PHASE_EPOCH/index.html");
  table.integer("display_winsize", options.displayWinsize, {1, 16384},
                "pixels: the width of a picture on it");
  addEngine(table, options.engine);
  addGpuIds(table, options.engine.device);
  addReferenceOnlyOptions(table);
  return table;
}

OptionTable evaluateTable(EvaluateOptions& options) {
  OptionTable table;
  table.group("What");
  addModel(table, options.model);
  addDomains(table, options.dataroot, options.dataA, options.dataB,
             "a folder with testA and testB (or valA and valB)",
             "more of domain A: a folder, an image or a video. May be given several times, with or without "
             "--dataroot");
  addPhase(table, options.phase);
  addDirection(table, options.direction);
  table.integer("max_images", options.maxImages, {0, 1'000'000'000}, "of each domain at most; 0 is all");
  addExifOrientation(table, options.exifOrientation);
  table.group("How");
  table
      .path("features", options.features,
            "a TorchScript network from images to features: FID and KID over them as well")
      .shown = "FILE";
  table.seed("seed", options.seed, "of what is drawn by chance");
  table.boolean("json", options.json, "print JSON");
  addEngine(table, options.engine);
  return table;
}

}  // namespace cut::trainer
