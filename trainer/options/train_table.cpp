#include "trainer/options/train_table.hpp"

#include "trainer/options/common_rows.hpp"

namespace cut::trainer {
namespace {

using T = TrainOptions;

constexpr std::int64_t manyImages = 1'000'000'000;
constexpr int manyEpochs = 1'000'000;

void addWhere(TrainTable& table) {
  table.group("Where");
  addDomains(
      table,
      "a folder with trainA and trainB. A domain may hold images (jpg, png, webp, tiff, gif, bmp, ppm), "
      "videos, folders of both, and GTA5 or Cityscapes as they unpack",
      "more of domain A: a folder, an image or a video. May be given several times, with or without "
      "--dataroot");
  table.text("phase", &T::phase, "WORD", "the folders of --dataroot: WORDA and WORDB");
  addDirection(table);
  addMaxDatasetSize(table);
  addRun(table, "the run's name: everything it writes is in the folder CHECKPOINTS_DIR/NAME");
  addSuffix(table);
  auto& config =
      table.add("config", "FILE", ValueKind::text,
                "options from a file of lines such as load_size = 286 (TOML or INI). What stands on "
                "the command line counts more");
  config.set = [](T&, const std::string&) {};
}

void addMachine(TrainTable& table) {
  table.group("Machine");
  addDevice(table, &T::device);
  addGpuIds(table, &T::device);
  addThreads(table, &T::threads);
  table.integer("num_threads", &T::numThreads, {0, 256}, "threads that load and prepare images");
  table.choice("precision", &T::precision, {{"fp32"}, {"bf16"}},
               "bf16: autocast, with PatchNCE and its heads in fp32");
  table.boolean(
      "winograd", &T::winograd,
      "on the CPU, the generator's 3x3 convolutions by kernels of our own (fp32, with either precision), "
      "several times as fast; false: by LibTorch's");
}

void addCheckpoints(TrainTable& table) {
  table.group("Checkpoints and reports");
  table.boolean("continue_train", &T::continueTrain,
                "go on from the run's last checkpoint, as if it had not been interrupted");
  auto& pretrained = table.add("pretrained_name", "NAME", ValueKind::text,
                               "start from the networks of another run in CHECKPOINTS_DIR, the reference's "
                               "too. Optimisers and counters start anew");
  pretrained.set = [](T& options, const std::string& text) {
    options.pretrainedName = text.empty() ? text : runNameOf("pretrained_name", text);
  };
  pretrained.get = [](const T& options) {
    return options.pretrainedName.empty() ? std::vector<std::string>()
                                          : std::vector<std::string>{options.pretrainedName};
  };
  addEpoch(table, "the checkpoint that is gone on from: latest, an epoch's number, or iter_N");
  table.integer("epoch_count", &T::epochCount, {1, manyEpochs}, "the number of the first epoch");
  table.integer("save_latest_freq", &T::saveLatestFreq, {1, manyImages}, "images between checkpoints");
  table.integer("save_epoch_freq", &T::saveEpochFreq, {1, manyEpochs},
                "epochs between checkpoints that are kept");
  table.boolean("save_by_iter", &T::saveByIter, "keep the checkpoints of --save_latest_freq too, as iter_N");
  table.real("save_minutes", &T::saveMinutes, {0, 1e5},
             "minutes between checkpoints, whatever the frequencies; 0 is not by time");
  table.integer("print_freq", &T::printFreq, {1, manyImages}, "images between lines of losses");
  table.integer("display_freq", &T::displayFreq, {1, manyImages}, "images between rows of pictures");
  table.integer("update_html_freq", &T::updateHtmlFreq, {1, manyImages},
                "images between new versions of web/index.html");
  table.boolean("no_html", &T::noHtml, "no web/index.html");
  table.text("licence", &T::licence, "TEXT", "of the weights, such as CC-BY-4.0: written into model.pt");
  table.text("attribution", &T::attribution, "TEXT", "whom to name: written into model.pt");
  table.boolean(
      "dry_run", &T::dryRun,
      "print the configuration, the networks' sizes, and the time and memory of a step; write nothing");
}

void addCompatibility(TrainTable& table) {
  table.group("Compatibility");
  table.boolean("reference_quirks", &T::referenceQuirks,
                "the reference's numbers where it is wrong: images squashed in decaying epochs, cosine and "
                "plateau, scale_shortside, nce_layers out of order dropped, pixels cut off, counters, no "
                "penalty with wgangp, and LibTorch's gradients of one image's instance norms");
}

}  // namespace

TrainTable trainTable() {
  TrainTable table;
  addWhere(table);
  addMethodOptions(table);
  addNetworkOptions(table);
  addImageOptions(table);
  addScheduleOptions(table);
  addMachine(table);
  addCheckpoints(table);
  addCompatibility(table);
  addReferenceOnlyOptions(table);
  return table;
}

// Park et al. 2020, section 4.1, and the reference.
TrainOptions trainPreset(const std::string& cutMode) {
  TrainOptions options;
  if (lowered(cutMode) != "fastcut") return options;
  options.cutMode = "FastCUT";
  options.lambdaNce = 10;
  options.nceIdt = false;
  options.flipEquivariance = true;
  options.nEpochs = 150;
  options.nEpochsDecay = 50;
  return options;
}

}  // namespace cut::trainer
