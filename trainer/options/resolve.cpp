// SPDX-License-Identifier: MIT
#include "trainer/options/resolve.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>

#include "base/text.hpp"
#include "cuttranslate/error.hpp"
#include "trainer/options/configuration.hpp"

namespace cut::trainer {
namespace {

using SuffixValues = std::map<std::string, std::string>;  // option, its value as Python prints it

// The reference loads another run's networks only with --continue_train.
void resolveStart(TrainOptions& options, const RawOptions& raw, Notices& notices) {
  if (!options.continueTrain || options.pretrainedName.empty()) return;
  // A file says how its run began, which has passed when that goes on.
  const auto inFile = [&raw](const char* name) {
    const auto found = raw.find(name);
    return found != raw.end() && !found->second.place.empty();
  };
  if (inFile("pretrained_name") && !inFile("continue_train")) {
    options.pretrainedName.clear();
    return;
  }
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

void resolveLayers(TrainOptions& options, Notices& notices) {
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
  if (options.cropSize % 4 == 0 || !options.preprocess.crop) return;
  const int rounded = std::max(4, 4 * static_cast<int>(std::lrint(options.cropSize / 4.0)));
  notices.push_back("--crop_size " + std::to_string(options.cropSize) +
                    " is no multiple of 4: what is cut out is then resized to " + std::to_string(rounded) +
                    ", as the reference does");
}

// Errors say which line of a file they are about.
template <typename Action>
void naming(const std::string& place, const Action& action) {
  try {
    action();
  } catch (const Error& error) {
    if (place.empty()) throw;
    throw Error(error.kind(), place + ": " + error.what());
  }
}

std::string joined(const std::vector<std::string>& values) {
  std::string text;
  for (std::size_t i = 0; i < values.size(); ++i) text += (i == 0 ? "" : ",") + values[i];
  return text;
}

std::string valueOf(const std::string& name, const SuffixValues& values) {
  if (const auto found = values.find(name); found != values.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [known, value] : values) names.push_back(known);
  const std::string meant = nearest(name, names);
  refuse("suffix", "expected an option that has a value between { and }, got '" + printable(name) + "'" +
                       (meant.empty() ? "" : "; did you mean {" + meant + "}?"));
}

// `format` with each {option} as its value, and {{ and }} as braces.
std::string formattedSuffix(const std::string& format, const SuffixValues& values) {
  std::string text;
  for (std::size_t i = 0; i < format.size(); ++i) {
    const char c = format[i];
    const bool brace = c == '{' || c == '}';
    if (brace && i + 1 < format.size() && format[i + 1] == c) {
      text += c;
      ++i;
    } else if (c == '{') {
      const std::size_t end = format.find('}', i);
      if (end == std::string::npos) refuse("suffix", "a } behind each {", format);
      text += valueOf(format.substr(i + 1, end - i - 1), values);
      i = end;
    } else if (c == '}') {
      refuse("suffix", "a { in front of each }", format);
    } else {
      text += c;
    }
  }
  return text;
}

// As Python prints what textOf() does.
std::string pythonText(ValueKind kind, const std::string& text) {
  if (kind == ValueKind::boolean) return text == "true" ? "True" : "False";
  if (kind == ValueKind::real && text.find_first_of(".e") == std::string::npos) return text + ".0";
  return text;
}

void addValues(const OptionTable& table, SuffixValues& values) {
  for (const Option& row : table.rows())
    if (const auto own = row.get(); !own.empty()) values[row.name] = pythonText(row.kind, own.front());
}

// What train would make of the options: those that test only takes from its command lines.
SuffixValues trainSuffixValues(const RawOptions& raw) {
  SuffixValues values{{"dataset_mode", "unaligned"}};
  TrainOptions options = presetOf(raw);
  const OptionTable table = trainTable(options);
  for (const Option& row : table.rows()) {
    const auto found = raw.find(row.name);
    if (found == raw.end() || found->second.values.empty()) continue;
    if (row.role == Role::ignored) values[row.name] = found->second.values.back();
    if (row.role == Role::option) row.set(found->second.values.back());
  }
  addValues(table, values);
  return values;
}

// --suffix: what the reference puts behind a run's name.
std::string suffixedName(const std::string& name, const OptionTable& table, const RawOptions& raw) {
  const auto suffix = raw.find("suffix");
  if (suffix == raw.end() || suffix->second.values.back().empty()) return runNameOf("suffix", name);
  SuffixValues values = trainSuffixValues(raw);
  const std::string method = values["model"];
  addValues(table, values);
  values["model"] = method;  // test has a file there
  return runNameOf("suffix", name + "_" + formattedSuffix(suffix->second.values.back(), values));
}

}  // namespace

void addFromConfig(const std::string& path, RawOptions& raw) {
  TrainOptions options;
  const OptionTable table = trainTable(options);
  RawOptions fromFile;
  for (const ConfigSetting& setting : readConfig(path)) {
    const Option* row = table.find(setting.name);
    if (row == nullptr || setting.name == "config") {
      const std::string meant = nearest(setting.name, table.names());
      throw Error(ErrorKind::invalidArgument, setting.place + ": unknown option '" + printable(setting.name) +
                                                  "' of cut-trainer train" +
                                                  (meant.empty() ? "" : "; did you mean " + meant + "?"));
    }
    const bool first =
        fromFile
            .emplace(setting.name,
                     RawOption{row->repeatable ? setting.values : std::vector{joined(setting.values)},
                               setting.place})
            .second;
    if (!first)
      throw Error(ErrorKind::invalidArgument, setting.place + ": " + setting.name + " is given twice");
  }
  // Two names of one thing.
  if (raw.contains("device") || raw.contains("gpu_ids")) {
    fromFile.erase("device");
    fromFile.erase("gpu_ids");
  }
  raw.merge(fromFile);
}

void refuseTwoDevices(const RawOptions& raw) {
  const auto device = raw.find("device");
  const auto ids = raw.find("gpu_ids");
  if (device == raw.end() || ids == raw.end()) return;
  const std::string byName = deviceOf("device", device->second.values.back());
  const std::string byIds = deviceOfGpuIds(ids->second.values.back());
  if (byIds != byName)
    refuse("device", "'" + byName + "' and --gpu_ids, which means '" + byIds +
                         "', contradict each other; leave one out");
}

void setFields(const OptionTable& table, const RawOptions& raw) {
  for (const Option& row : table.rows()) {
    const auto found = raw.find(row.name);
    if (found == raw.end() || found->second.values.empty()) continue;
    const auto& values = found->second.values;
    naming(found->second.place, [&] {
      for (std::size_t i = row.repeatable ? 0 : values.size() - 1; i < values.size(); ++i) row.set(values[i]);
    });
  }
}

void refuseOfOtherMethods(const OptionTable& table, const RawOptions& raw, MethodName method) {
  for (const Option& row : table.rows()) {
    const auto found = raw.find(row.name);
    if (found == raw.end() || isKnownTo(method, row) || row.name == "pool_size") continue;
    std::vector<std::string> others;
    for (const MethodName other : row.methods) others.emplace_back(nameOf(other));
    naming(found->second.place, [&] {
      refuse(row.name, "belongs to --model " + listed(others) + ", and " + std::string(nameOf(method)) +
                           " has no use for it; leave it out");
    });
  }
}

TrainOptions presetOf(const RawOptions& raw) {
  TrainOptions words;
  const OptionTable table = trainTable(words);
  for (const char* name : {"model", "CUT_mode", "nce", "content"})
    if (const auto found = raw.find(name); found != raw.end())
      naming(found->second.place, [&] { table.find(name)->set(found->second.values.back()); });
  return withContrast(trainPreset(words.model, words.cutMode), words.nce, words.content);
}

// What EnCo's preset takes from other options.
void resolveAgreement(TrainOptions& options, const RawOptions& raw) {
  if (options.content != Content::enco) return;
  if (!raw.contains("nce_layers")) options.nceLayers = encoLayers(options);
  if (!raw.contains("stop_idt_epochs")) options.stopIdtEpochs = options.nEpochs;
}

TestOptions testPresetOf(const RawOptions& raw) {
  TestOptions options;
  const auto model = raw.find("model");
  if (model == raw.end() || model->second.values.back() != nameOf(MethodName::sinCut)) return options;
  options.preprocess = "none";
  options.numTest = 1;
  return options;
}

void resolve(TrainOptions& options, const RawOptions& raw, Notices& notices) {
  resolveAgreement(options, raw);
  resolveLayers(options, notices);
  options.name = suffixedName(options.name, trainTable(options), raw);
  resolveStart(options, raw, notices);
  tellOfRounding(options, notices);
}

void resolve(TestOptions& options, const RawOptions& raw) {
  RawOptions ofTraining = raw;
  if (!options.model.empty()) ofTraining.erase("model");  // a file, not a method
  options.name = suffixedName(options.name, testTable(options), ofTraining);
}

}  // namespace cut::trainer
