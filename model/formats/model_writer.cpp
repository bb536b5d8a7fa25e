// SPDX-License-Identifier: MIT
#include "formats/model_writer.hpp"

#include <cstring>
#include <string>
#include <utility>

#include "base/atomic_file.hpp"
#include "cuttranslate/error.hpp"
#include "formats/native_format.hpp"
#include "formats/safetensors.hpp"
#include "formats/torch_archive.hpp"

namespace cut {
namespace {

Tensor scalar(double value) {
  Tensor tensor{DType::float64, {}, std::vector<std::byte>(sizeof value)};
  std::memcpy(tensor.data.data(), &value, sizeof value);
  return tensor;
}

void entry(PickleWriter& pickle, std::string_view key, std::string_view value) {
  pickle.text(key);
  pickle.text(value);
}

void entry(PickleWriter& pickle, std::string_view key, int value) {
  pickle.text(key);
  pickle.integer(value);
}

void flag(PickleWriter& pickle, std::string_view key, bool value) {
  pickle.text(key);
  pickle.boolean(value);
}

void entry(TorchArchiveWriter& archive, std::string_view key, const Tensor& tensor) {
  archive.pickle().text(key);
  archive.tensor(tensor);
}

void writeSpec(PickleWriter& pickle, const GeneratorSpec& spec) {
  pickle.text(keys::spec);
  pickle.beginDict();
  entry(pickle, keys::architecture, spec.architecture);
  entry(pickle, keys::blocks, spec.blocks);
  entry(pickle, keys::inputChannels, spec.inputChannels);
  entry(pickle, keys::outputChannels, spec.outputChannels);
  entry(pickle, keys::ngf, spec.ngf);
  entry(pickle, keys::norm, nameOf(spec.norm));
  flag(pickle, keys::noAntialias, spec.noAntialias);
  flag(pickle, keys::noAntialiasUp, spec.noAntialiasUp);
  flag(pickle, keys::dropout, spec.dropout);
  if (spec.architecture != "resnet") {  // older readers do not know these fields and read ResNets only
    entry(pickle, keys::downs, spec.downs);
    entry(pickle, keys::resolution, spec.resolution);
  }
  pickle.endDict();
}

void writeSample(TorchArchiveWriter& archive, const std::optional<Sample>& sample) {
  archive.pickle().text(keys::sample);
  if (!sample) return archive.pickle().none();
  archive.pickle().beginDict();
  entry(archive, keys::input, sample->input);
  entry(archive, keys::output, sample->output);
  archive.pickle().endDict();
}

}  // namespace

std::vector<std::byte> modelFileBytes(const ModelFile& model) {
  checkModel(model);
  const Preprocessing& preprocessing = model.preprocessing;
  const Tensor scale = scalar(preprocessing.scale);  // the archive borrows both
  const Tensor offset = scalar(preprocessing.offset);
  TorchArchiveWriter archive;
  PickleWriter& pickle = archive.pickle();
  pickle.beginDict();
  entry(pickle, keys::format, keys::formatName);
  entry(pickle, keys::formatVersion, keys::newestVersion);
  writeSpec(pickle, model.spec);
  pickle.text(keys::preprocessing);
  pickle.beginDict();
  entry(pickle, keys::channelOrder, preprocessing.channelOrder);
  entry(archive, keys::scale, scale);
  entry(archive, keys::offset, offset);
  entry(pickle, keys::mode, preprocessing.mode);
  entry(pickle, keys::loadSize, preprocessing.loadSize);
  entry(pickle, keys::cropSize, preprocessing.cropSize);
  pickle.endDict();
  entry(pickle, keys::licence, model.licence);
  entry(pickle, keys::attribution, model.attribution);
  entry(pickle, keys::origin, model.origin);
  writeSample(archive, model.sample);
  if (!model.int8Ranges.empty()) {  // older readers ignore them
    pickle.text(keys::int8Ranges);
    archive.stateDict(model.int8Ranges);
  }
  pickle.text(keys::stateDict);
  archive.stateDict(model.weights);
  pickle.endDict();
  return archive.finish();
}

std::vector<std::byte> stateDictBytes(const StateDict& weights) {
  TorchArchiveWriter archive;
  archive.stateDict(weights);
  return archive.finish();
}

void writeModelFile(const std::filesystem::path& path, const ModelFile& model) {
  writeFileAtomically(path, modelFileBytes(model));
}

void writeStateDict(const std::filesystem::path& path, const StateDict& weights) {
  writeFileAtomically(path, stateDictBytes(weights));
}

std::vector<std::byte> safetensorsBytes(const ModelFile& model) {
  checkModel(model);
  SafetensorsFile file{model.weights, {{"format", "pt"}}};
  for (const auto& [key, value] :
       {std::pair(keys::licence, &model.licence), std::pair(keys::attribution, &model.attribution),
        std::pair(keys::origin, &model.origin)})
    if (!value->empty()) file.metadata[std::string(key)] = *value;
  return safetensorsBytes(file);
}

void writeSafetensors(const std::filesystem::path& path, const ModelFile& model) {
  writeFileAtomically(path, safetensorsBytes(model));
}

}  // namespace cut
