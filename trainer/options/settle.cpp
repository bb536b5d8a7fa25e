#include "trainer/options/settle.hpp"

#include <algorithm>
#include <cmath>

#include "base/text.hpp"
#include "cuttranslate/error.hpp"
#include "trainer/options/common_rows.hpp"
#include "trainer/options/config_file.hpp"
#include "trainer/options/model_tables.hpp"
#include "trainer/options/name_suffix.hpp"
#include "trainer/options/train_table.hpp"

namespace cut::trainer {
namespace {

// The reference loads another run's networks only with --continue_train.
void settleStart(TrainOptions& options, Notices& notices) {
  if (!options.continueTrain || options.pretrainedName.empty()) return;
  if (options.pretrainedName == options.name) {
    options.pretrainedName.clear();
    return;
  }
  options.continueTrain = false;
  notices.push_back(
      "--continue_train beside --pretrained_name: the run starts from the networks of '" +
      printable(options.pretrainedName) +
      "', as the reference does; leave --pretrained_name out to go on from this run's own checkpoint");
}

// The reference stops its pass at the layer that is named last, but divides by the number of those named.
void dropAsTheReference(TrainOptions& options, const std::vector<std::int64_t>& named, Notices& notices) {
  auto& layers = options.nceLayers;
  layers.erase(std::remove_if(layers.begin(), layers.end(),
                              [&named](std::int64_t layer) { return layer > named.back(); }),
               layers.end());
  if (layers.size() == named.size()) return;
  options.lambdaNce *= static_cast<double>(layers.size()) / static_cast<double>(named.size());
  notices.push_back("--nce_layers " + textOf(named) + ": as in the reference, those beyond the last one (" +
                    std::to_string(named.back()) + ") are dropped, and --lambda_NCE is " +
                    textOf(options.lambdaNce) + " for the " + std::to_string(layers.size()) + " of " +
                    std::to_string(named.size()) + " that are left");
}

void settleLayers(TrainOptions& options, Notices& notices) {
  const auto named = options.nceLayers;
  auto& layers = options.nceLayers;
  // -1 is the output: behind all others.
  const auto before = [](std::int64_t a, std::int64_t b) {
    return static_cast<std::uint64_t>(a) < static_cast<std::uint64_t>(b);
  };
  std::sort(layers.begin(), layers.end(), before);
  if (layers == named) return;
  const bool output = std::find(named.begin(), named.end(), -1) != named.end();
  if (options.referenceQuirks && !output)
    dropAsTheReference(options, named, notices);
  else
    notices.push_back("--nce_layers " + textOf(named) + " is taken as " + textOf(layers));
}

void tellOfRounding(const TrainOptions& options, Notices& notices) {
  if (options.cropSize % 4 == 0 || options.preprocess.find("crop") == std::string::npos) return;
  const int rounded = std::max(4, 4 * static_cast<int>(std::lrint(options.cropSize / 4.0)));
  notices.push_back("--crop_size " + std::to_string(options.cropSize) +
                    " is no multiple of 4: what is cut out is then resized to " + std::to_string(rounded) +
                    ", as the reference does");
}

std::string joined(const std::vector<std::string>& values) {
  std::string text;
  for (std::size_t i = 0; i < values.size(); ++i) text += (i == 0 ? "" : ",") + values[i];
  return text;
}

}  // namespace

void addFromConfig(const std::string& path, Given& given) {
  const TrainTable table = trainTable();
  Given fromFile;
  for (ConfigSetting& setting : readConfig(path)) {
    const auto* row = table.find(setting.name);
    if (row == nullptr || setting.name == "config") {
      const std::string meant = nearest(setting.name, table.names());
      throw Error(ErrorKind::invalidArgument, setting.place + ": '" + printable(setting.name) +
                                                  "' is not an option of cut-trainer train" +
                                                  (meant.empty() ? "" : "; did you mean " + meant + "?"));
    }
    auto& values = fromFile[setting.name];
    if (!values.empty() && !row->repeatable)
      throw Error(ErrorKind::invalidArgument, setting.place + ": " + setting.name + " is given twice");
    if (row->repeatable)
      std::move(setting.values.begin(), setting.values.end(), std::back_inserter(values));
    else
      values.push_back(joined(setting.values));
  }
  // Two names of one thing.
  if (given.contains("device") || given.contains("gpu_ids")) {
    fromFile.erase("device");
    fromFile.erase("gpu_ids");
  }
  given.merge(fromFile);
}

void refuseTwoDevices(const Given& given) {
  const auto device = given.find("device");
  const auto ids = given.find("gpu_ids");
  if (device == given.end() || ids == given.end()) return;
  const std::string byName = deviceOf("device", device->second.back());
  const std::string byIds = deviceOfGpuIds(ids->second.back());
  if (byIds != byName)
    refuse("device", "'" + byName + "' and --gpu_ids, which means '" + byIds +
                         "', contradict each other; leave one out");
}

void settle(TrainOptions& options, const Given& given, Notices& notices) {
  settleLayers(options, notices);
  options.name = runNameOf("suffix", suffixedName(trainTable(), options, given));
  settleStart(options, notices);
  tellOfRounding(options, notices);
}

void settle(TestOptions& options, const Given& given) {
  options.name = runNameOf("suffix", suffixedName(testTable(), options, given));
}

}  // namespace cut::trainer
