// SPDX-License-Identifier: MIT
#include "formats/native_format.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "arch/infer_spec.hpp"
#include "arch/int8_range_spec.hpp"
#include "base/text.hpp"
#include "cuttranslate/error.hpp"

namespace cut {
namespace {

// A periodic wave, range [-1, 1], period 1. Made of parabolas, because sin() is not the same on all machines.
float wave(float t) {
  const float f = t - std::floor(t);
  return f < 0.5F ? 16 * f * (0.5F - f) : -16 * (f - 0.5F) * (1 - f);
}

// Uniform in [-1, 1).
float noise(std::uint32_t seed) {
  std::uint32_t x = seed * 2654435761U + 1;
  x = (x ^ x >> 16) * 2246822519U;
  x = (x ^ x >> 13) * 3266489917U;
  return static_cast<float>((x ^ x >> 16) >> 8) / 8388608.0F - 1;
}

float sampleValue(int channel, int y, int x) {
  const auto c = static_cast<float>(channel);
  const float u = static_cast<float>(x) / sampleSide;
  const float v = static_cast<float>(y) / sampleSide;
  const auto index = static_cast<std::uint32_t>((channel * sampleSide + y) * sampleSide + x);
  const float value = 0.45F * wave(u * (1 + c) + 0.3F * v) + 0.35F * wave(v * (2 - 0.5F * c) + 0.2F * c) +
                      0.15F * noise(index);
  return std::clamp(value, -1.0F, 1.0F);
}

void checkSampleTensor(const Tensor& tensor, std::int64_t channels, const char* which) {
  constexpr std::int64_t maxSide = 512;  // engines translate the sample whenever they load a model
  const auto& shape = tensor.shape;
  const bool fits = tensor.dtype == DType::float32 && shape.size() == 4 && shape[0] == 1 &&
                    shape[1] == channels && shape[2] >= 1 && shape[2] <= maxSide && shape[3] >= 1 &&
                    shape[3] <= maxSide;
  if (!fits)
    throw Error(ErrorKind::wrongFile,
                std::string("the sample's ") + which + " is " + std::string(nameOf(tensor.dtype)) +
                    " of shape " + shapeText(shape) + "; expected float32 of shape (1, " +
                    std::to_string(channels) + ", height, width), both at most " + std::to_string(maxSide));
}

void checkSample(const GeneratorSpec& spec, const Sample& sample) {
  checkSampleTensor(sample.input, spec.inputChannels, "input");
  checkSampleTensor(sample.output, spec.outputChannels, "output");
  if (sample.input.shape[2] != sample.output.shape[2] || sample.input.shape[3] != sample.output.shape[3])
    throw Error(ErrorKind::wrongFile, "the sample's input of shape " + shapeText(sample.input.shape) +
                                          " and output of shape " + shapeText(sample.output.shape) +
                                          " differ in size; expected the same height and width");
}

[[noreturn]] void failPreprocessing(std::string_view field, const std::string& found,
                                    const std::string& expected) {
  throw Error(ErrorKind::wrongFile,
              "the field '" + std::string(field) + "' of 'preprocessing' is " + found + "; expected " +
                  expected +
                  ", which is what every engine does to a frame: train or fold the weights "
                  "for that");
}

void checkPreprocessing(const Preprocessing& preprocessing) {
  const Preprocessing expectedValues;
  constexpr double tolerance = 1e-9;  // for 1/127.5 as other programs round it
  const auto checkNumber = [&](std::string_view field, double found, double expected, const char* name) {
    if (!(std::abs(found - expected) <= tolerance)) failPreprocessing(field, std::to_string(found), name);
  };
  if (preprocessing.channelOrder != expectedValues.channelOrder)
    failPreprocessing(keys::channelOrder, "'" + printable(preprocessing.channelOrder) + "'", "'RGB'");
  checkNumber(keys::scale, preprocessing.scale, expectedValues.scale, "1/127.5");
  checkNumber(keys::offset, preprocessing.offset, expectedValues.offset, "-1");
}

// A dict of the format: a key must be there with a value of its type.
class Section {
 public:
  Section(TorchArchive& archive, const PickleDict& dict, std::string name)
      : archive_(archive), dict_(dict), name_(std::move(name)) {}

  std::string text(std::string_view key) const { return std::string(*as<std::string_view>(key, "a string")); }
  bool flag(std::string_view key) const { return *as<bool>(key, "True or False"); }

  int number(std::string_view key) const {
    const std::int64_t value = *as<std::int64_t>(key, "a number");
    if (value < std::numeric_limits<int>::min() || value > std::numeric_limits<int>::max())
      fail(key, archive_.tree().describe(valueOf(key)), "a number of 32 bits");
    return static_cast<int>(value);
  }

  // For fields that older files lack.
  bool has(std::string_view key) const { return archive_.tree().find(dict_, key).has_value(); }
  int numberOr(std::string_view key, int otherwise) const { return has(key) ? number(key) : otherwise; }

  // Floats are written as a tensor of one element, because PyTorch 1.13 refuses others with weights_only.
  double real(std::string_view key) const {
    if (const auto* value = archive_.tree().as<double>(valueOf(key))) return *value;
    const Tensor meta = metaTensor(key);
    if (meta.dtype != DType::float64 || meta.elements() != 1)
      fail(key, std::string(nameOf(meta.dtype)) + " of shape " + shapeText(meta.shape), "one float64");
    double value = 0;
    std::memcpy(&value, tensor(key).data.data(), sizeof value);
    return value;
  }

  Tensor tensor(std::string_view key) const { return archive_.read(view(key)); }
  Tensor metaTensor(std::string_view key) const { return {view(key).storage.dtype(), view(key).shape, {}}; }

  bool isNone(std::string_view key) const { return archive_.tree().as<PickleNone>(valueOf(key)) != nullptr; }

  Section section(std::string_view key) const {
    return {archive_, dict(key), name_ + std::string(key) + "."};
  }
  const PickleDict& dict(std::string_view key) const { return *as<PickleDict>(key, "a dict"); }

 private:
  NodeId valueOf(std::string_view key) const {
    const auto id = archive_.tree().find(dict_, key);
    if (!id) fail(key, "missing", "a value there");
    return *id;
  }

  const TensorView& view(std::string_view key) const {
    return archive_.tree().tensors[as<PickleTensor>(key, "a tensor")->index];
  }

  template <typename T>
  const T* as(std::string_view key, const char* expected) const {
    const NodeId id = valueOf(key);
    const T* value = archive_.tree().as<T>(id);
    if (value == nullptr) fail(key, archive_.tree().describe(id), expected);
    return value;
  }

  [[noreturn]] void fail(std::string_view key, const std::string& got, const std::string& expected) const {
    throw Error(ErrorKind::wrongFile, "is a model of cuttranslate, but its '" + name_ + std::string(key) +
                                          "' is " + got + "; expected " + expected);
  }

  TorchArchive& archive_;
  const PickleDict& dict_;
  std::string name_;
};

GeneratorSpec readSpec(const Section& section) {
  GeneratorSpec spec;
  spec.architecture = section.text(keys::architecture);
  spec.blocks = section.number(keys::blocks);
  spec.inputChannels = section.number(keys::inputChannels);
  spec.outputChannels = section.number(keys::outputChannels);
  spec.ngf = section.number(keys::ngf);
  spec.norm = normFromName(section.text(keys::norm));
  spec.noAntialias = section.flag(keys::noAntialias);
  spec.noAntialiasUp = section.flag(keys::noAntialiasUp);
  spec.dropout = section.flag(keys::dropout);
  spec.downs = section.numberOr(keys::downs, spec.downs);
  spec.resolution = section.numberOr(keys::resolution, spec.resolution);
  return spec;
}

Preprocessing readPreprocessing(const Section& section) {
  Preprocessing preprocessing;
  preprocessing.channelOrder = section.text(keys::channelOrder);
  preprocessing.scale = section.real(keys::scale);
  preprocessing.offset = section.real(keys::offset);
  preprocessing.mode = section.text(keys::mode);
  preprocessing.loadSize = section.number(keys::loadSize);
  preprocessing.cropSize = section.number(keys::cropSize);
  return preprocessing;
}

// Reads everything but the data of tensors.
ModelFile readFields(TorchArchive& archive, const PickleDict& root) {
  const Section section(archive, root, "");
  ModelFile model;
  model.kind = FileKind::cuttranslate;
  model.formatVersion = section.number(keys::formatVersion);
  if (model.formatVersion != keys::newestVersion) {
    const bool isNewer = model.formatVersion > keys::newestVersion;
    throw Error(isNewer ? ErrorKind::unsupported : ErrorKind::wrongFile,
                "has the unsupported format_version " + std::to_string(model.formatVersion) +
                    " (this build reads " + std::to_string(keys::newestVersion) + ")" +
                    (isNewer ? "; install a newer cuttranslate" : ""));
  }
  model.spec = readSpec(section.section(keys::spec));
  model.preprocessing = readPreprocessing(section.section(keys::preprocessing));
  model.licence = section.text(keys::licence);
  model.attribution = section.text(keys::attribution);
  model.origin = section.text(keys::origin);
  if (!section.isNone(keys::sample)) {
    const Section sample = section.section(keys::sample);
    model.sample = Sample{sample.metaTensor(keys::input), sample.metaTensor(keys::output)};
  }
  if (section.has(keys::int8Ranges)) model.int8Ranges = archive.metaTensors(section.dict(keys::int8Ranges));
  // Old files lack the ".inputs" ranges: their ranges are dropped, cut-model quantize can write them again.
  const auto isInputRange = [](const auto& entry) { return entry.first.ends_with(".inputs"); };
  if (std::none_of(model.int8Ranges.begin(), model.int8Ranges.end(), isInputRange)) model.int8Ranges.clear();
  model.weights = archive.metaTensors(section.dict(keys::stateDict));
  return model;
}

// Reads the data of the tensors.
void readTensors(TorchArchive& archive, const PickleDict& root, ModelFile& model) {
  const Section section(archive, root, "");
  if (model.sample) {
    const Section sample = section.section(keys::sample);
    model.sample = Sample{sample.tensor(keys::input), sample.tensor(keys::output)};
  }
  if (!model.int8Ranges.empty()) model.int8Ranges = archive.readAll(section.dict(keys::int8Ranges));
  model.weights = archive.readAll(section.dict(keys::stateDict));
}

}  // namespace

Tensor sampleInput(int channels) {
  std::vector<float> values;
  values.reserve(static_cast<std::size_t>(channels) * sampleSide * sampleSide);
  for (int channel = 0; channel < channels; ++channel)
    for (int y = 0; y < sampleSide; ++y)
      for (int x = 0; x < sampleSide; ++x) values.push_back(sampleValue(channel, y, x));
  return fromFloats({1, channels, sampleSide, sampleSide}, values);
}

void checkModelMeta(const ModelFile& model) {
  model.spec.validate();
  if (model.spec.architecture == "torchscript")
    throw Error(ErrorKind::wrongFile,
                "the architecture is torchscript, which has no weights; expected a network");
  checkPreprocessing(model.preprocessing);
  checkMeta(model.spec, model.weights);
  checkRangesMeta(model.spec, model.int8Ranges);
  if (model.sample) checkSample(model.spec, *model.sample);
}

void checkModel(const ModelFile& model) {
  checkModelMeta(model);
  checkConstantFilters(model.spec, model.weights);
  checkRangesValues(model.int8Ranges);
}

bool isNativeModel(const PickleTree& tree, const PickleDict& root) {
  const auto id = tree.find(root, keys::format);
  const auto* format = id ? tree.as<std::string_view>(*id) : nullptr;
  return format != nullptr && *format == keys::formatName;
}

ModelFile readNativeModel(TorchArchive& archive, const PickleDict& root) {
  try {
    ModelFile model = readFields(archive, root);
    checkModelMeta(model);
    readTensors(archive, root, model);
    checkModel(model);
    return model;
  } catch (const Error& error) {  // a bad value in a file is not an invalid argument of the caller
    if (error.kind() != ErrorKind::invalidArgument) throw;
    throw Error(ErrorKind::wrongFile, error.what());
  }
}

}  // namespace cut
