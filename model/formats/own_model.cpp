#include "formats/own_model.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>

#include "cuttranslate/error.hpp"
#include "formats/check_model.hpp"
#include "formats/file_keys.hpp"

namespace cut {
namespace {

// A dict of our own format, whose keys must be there and of their type.
class Section {
 public:
  Section(TorchArchive& archive, const PickleDict& dict, std::string name)
      : archive_(archive), dict_(dict), name_(std::move(name)) {}

  std::string text(std::string_view key) const { return std::string(*as<std::string_view>(key, "a text")); }
  bool flag(std::string_view key) const { return *as<bool>(key, "True or False"); }

  int number(std::string_view key) const {
    const std::int64_t value = *as<std::int64_t>(key, "a number");
    if (value < std::numeric_limits<int>::min() || value > std::numeric_limits<int>::max())
      fail(key, archive_.tree().describe(valueOf(key)), "a number of 32 bits");
    return static_cast<int>(value);
  }

  // Fields that came later: the files before them lack them.
  bool has(std::string_view key) const { return archive_.tree().find(dict_, key).has_value(); }
  int numberOr(std::string_view key, int otherwise) const { return has(key) ? number(key) : otherwise; }

  // Written as a tensor of one element: PyTorch 1.13 reads no other floats with weights_only.
  double real(std::string_view key) const {
    if (const auto* value = archive_.tree().as<double>(valueOf(key))) return *value;
    const Tensor outline = this->outline(key);
    if (outline.dtype != DType::float64 || outline.elements() != 1)
      fail(key, std::string(nameOf(outline.dtype)) + " of shape " + shapeText(outline.shape), "one float64");
    double value = 0;
    std::memcpy(&value, tensor(key).data.data(), sizeof value);
    return value;
  }

  Tensor tensor(std::string_view key) const { return archive_.read(place(key)); }
  Tensor outline(std::string_view key) const {
    return {place(key).storage.dtype(), place(key).shape, {}};  // without its elements
  }

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

  const TensorView& place(std::string_view key) const {
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

// Everything but the elements of large tensors.
ModelFile readFields(TorchArchive& archive, const PickleDict& root) {
  const Section section(archive, root, "");
  ModelFile model;
  model.kind = FileKind::cuttranslate;
  model.formatVersion = section.number(keys::formatVersion);
  if (model.formatVersion > keys::newestVersion)
    throw Error(ErrorKind::unsupported,
                "is a model of cuttranslate in format version " + std::to_string(model.formatVersion) +
                    "; this build reads up to " + std::to_string(keys::newestVersion) +
                    ": install a newer cuttranslate");
  if (model.formatVersion < 1)
    throw Error(ErrorKind::wrongFile, "is a model of cuttranslate in format version " +
                                          std::to_string(model.formatVersion) +
                                          ", which never was; expected 1");
  model.spec = readSpec(section.section(keys::spec));
  model.preprocessing = readPreprocessing(section.section(keys::preprocessing));
  model.licence = section.text(keys::licence);
  model.attribution = section.text(keys::attribution);
  model.origin = section.text(keys::origin);
  if (!section.isNone(keys::sample)) {
    const Section sample = section.section(keys::sample);
    model.sample = Sample{sample.outline(keys::input), sample.outline(keys::output)};
  }
  if (section.has(keys::int8Ranges)) model.int8Ranges = archive.metaTensors(section.dict(keys::int8Ranges));
  // Ranges that lack what was added later are none: cut-model quantize can write them anew.
  const auto isOfInputs = [](const auto& entry) { return entry.first.ends_with(".inputs"); };
  if (std::none_of(model.int8Ranges.begin(), model.int8Ranges.end(), isOfInputs)) model.int8Ranges.clear();
  model.weights = archive.metaTensors(section.dict(keys::stateDict));
  return model;
}

// What readFields() left out.
void readElements(TorchArchive& archive, const PickleDict& root, ModelFile& model) {
  const Section section(archive, root, "");
  if (model.sample) {
    const Section sample = section.section(keys::sample);
    model.sample = Sample{sample.tensor(keys::input), sample.tensor(keys::output)};
  }
  if (!model.int8Ranges.empty()) model.int8Ranges = archive.readAll(section.dict(keys::int8Ranges));
  model.weights = archive.readAll(section.dict(keys::stateDict));
}

}  // namespace

bool isOwnModel(const PickleTree& tree, const PickleDict& root) {
  const auto id = tree.find(root, keys::format);
  const auto* format = id ? tree.as<std::string_view>(*id) : nullptr;
  return format != nullptr && *format == keys::formatName;
}

ModelFile readOwnModel(TorchArchive& archive, const PickleDict& root) {
  try {
    ModelFile model = readFields(archive, root);
    checkModelOutlines(model);
    readElements(archive, root, model);
    checkModel(model);
    return model;
  } catch (const Error& error) {  // what is wrong with a file is no wrong argument of the caller
    if (error.kind() != ErrorKind::invalidArgument) throw;
    throw Error(ErrorKind::wrongFile, error.what());
  }
}

}  // namespace cut
