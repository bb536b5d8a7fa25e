// SPDX-License-Identifier: MIT
#include "arch/infer_spec.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <string>
#include <string_view>

#include "arch/generator_layers.hpp"
#include "base/text.hpp"
#include "cuttranslate/error.hpp"
#include "cuttranslate/model_file.hpp"

namespace cut {
namespace {

constexpr std::string_view counterName = "num_batches_tracked";

bool isFloat(DType type) {
  return type == DType::float16 || type == DType::bfloat16 || type == DType::float32 ||
         type == DType::float64;
}

std::string quotedName(std::string_view name) {
  return "'" + printable(name) + "'";
}

// The size of a dimension as a field of a spec. The default where the tensor is missing or the size out of
// range: the comparison with that spec then names the tensor.
int dimensionOr(const Tensor* tensor, std::size_t axis, int highest, int otherwise) {
  if (tensor == nullptr || tensor->shape.size() != 4) return otherwise;
  const std::int64_t size = tensor->shape[axis];
  return size >= 1 && size <= highest ? static_cast<int>(size) : otherwise;
}

// Counts the distinct N of "model.N.conv_block.1.weight".
int countBlocks(const StateDict& weights) {
  std::set<std::string_view> blocks;
  for (const auto& [name, tensor] : weights) {
    const std::size_t end = name.find(".conv_block.");
    if (end != std::string::npos) blocks.insert(std::string_view(name).substr(0, end));
  }
  return static_cast<int>(std::min<std::size_t>(blocks.size(), 1000));
}

std::string lastConvolutionName(const GeneratorSpec& spec) {
  std::string name;
  forEachLayer(spec, [&](const Layer& layer) { name = layer.name; });
  return name;
}

void addResnets(const TensorTable& table, std::vector<GeneratorSpec>& all) {
  GeneratorSpec base;
  const Tensor* first = table.find("model.1.weight");
  base.ngf = dimensionOr(first, 0, 1024, base.ngf);
  base.inputChannels = dimensionOr(first, 1, 4, base.inputChannels);
  const int blocks = countBlocks(table.weights());
  if (blocks >= 1 && blocks <= 64) base.blocks = blocks;
  for (const Norm norm : {Norm::instance, Norm::batch, Norm::none})
    for (int flags = 0; flags < 8; ++flags) {
      GeneratorSpec spec = base;
      spec.norm = norm;
      spec.noAntialias = (flags & 1) != 0;
      spec.noAntialiasUp = (flags & 2) != 0;
      spec.dropout = (flags & 4) != 0;
      const Tensor* last = table.find(lastConvolutionName(spec) + ".weight");
      spec.outputChannels = dimensionOr(last, 0, 4, spec.outputChannels);
      all.push_back(spec);
    }
}

// Each level has one convolution: "model.model.1.model.1.weight", "model.model.1.model.3.model.1.weight", ...
int countUnetLevels(const TensorTable& table) {
  int levels = 1;
  std::string prefix = "model.model.1.model.";
  for (; levels <= 10 && table.find(prefix + "1.weight") != nullptr; ++levels) prefix += "3.model.";
  return levels;
}

void addUnets(const TensorTable& table, std::vector<GeneratorSpec>& all) {
  GeneratorSpec base = generatorFromName("unet_256");
  const Tensor* first = table.find("model.model.0.weight");
  base.ngf = dimensionOr(first, 0, 1024, base.ngf);
  base.inputChannels = dimensionOr(first, 1, 4, base.inputChannels);
  base.outputChannels = dimensionOr(table.find("model.model.3.weight"), 1, 4, base.outputChannels);
  const int levels = countUnetLevels(table);
  if (levels >= 5 && levels <= 10) base.downs = levels;
  for (const Norm norm : {Norm::batch, Norm::instance, Norm::none}) {
    base.norm = norm;
    all.push_back(base);
  }
}

int countStyleGanDowns(const TensorTable& table) {
  int downs = 0;
  while (downs < 8 && table.find("encoder.convs." + std::to_string(2 + downs) + ".skip.1.weight") != nullptr)
    ++downs;
  return std::max(downs, 1);
}

// The channel counts depend on ngf * 512 / resolution alone, so several pairs of ngf and resolution give the
// same network. The first one here is taken: SinCUT's patches of 64 pixels, then the reference's default.
void addStyleGans(const TensorTable& table, std::vector<GeneratorSpec>& all) {
  constexpr std::array resolutions{64, 256, 128, 512, 1024, 32, 16, 8};
  const Tensor* first = table.find("encoder.convs.1.0.weight");
  const int channels = dimensionOr(first, 0, 8192, 128);
  const int downs = countStyleGanDowns(table);
  const bool small = table.find("decoder.convs.3.conv1.0.weight") == nullptr &&
                     table.find("decoder.convs.1.conv1.0.weight") == nullptr;
  for (const int resolution : resolutions)
    for (const int rounding : {0, 1, -1}) {  // ngf was rounded to a whole number
      GeneratorSpec spec = generatorFromName(small ? "smallstylegan2" : "stylegan2");
      spec.resolution = resolution;
      spec.downs = downs;
      spec.ngf = channels * resolution / 512 + rounding;
      if (resolution >= 4 << downs && spec.ngf >= 1 && spec.ngf <= 1024 &&
          styleGanChannels(spec, 0) == channels)
        all.push_back(spec);
    }
  if (all.empty()) all.push_back(generatorFromName(small ? "smallstylegan2" : "stylegan2"));
}

std::optional<std::string> mismatch(const TensorInfo& info, const TensorTable& table,
                                    const std::string& network) {
  const Tensor* tensor = table.find(info.name);
  if (tensor == nullptr) {
    if (info.optional) return std::nullopt;
    return "the tensor " + quotedName(info.name) + " is missing; " + network + " has it, of shape " +
           shapeText(info.shape);
  }
  if (tensor->shape != info.shape)
    return "the tensor " + quotedName(info.name) + " has the shape " + shapeText(tensor->shape) + "; " +
           network + " has " + shapeText(info.shape) + " there";
  if (!isFloat(tensor->dtype) && !info.name.ends_with(counterName))
    return "the tensor " + quotedName(info.name) + " holds " + std::string(nameOf(tensor->dtype)) +
           " numbers; " + network + " has floating-point ones there";
  return std::nullopt;
}

// "the tensor 'x' of shape (3,) is unexpected", for the first such tensor of the table.
std::optional<std::string> firstUnexpected(const std::vector<TensorInfo>& expected,
                                           const TensorTable& table) {
  std::set<std::string_view> known;
  for (const TensorInfo& info : expected) known.insert(info.name);
  for (const auto& [name, tensor] : table.weights())
    if (!known.contains(name))
      return "the tensor " + quotedName(name) + " of shape " + shapeText(tensor.shape) + " is unexpected";
  return std::nullopt;
}

// How many of the expected tensors the table holds with their shape.
std::size_t countMatches(const std::vector<TensorInfo>& expected, const TensorTable& table) {
  return static_cast<std::size_t>(
      std::count_if(expected.begin(), expected.end(), [&](const TensorInfo& info) {
        const Tensor* tensor = table.find(info.name);
        return tensor != nullptr && tensor->shape == info.shape;
      }));
}

// The first tensor that is missing, unexpected or of another shape or type, as a part of a sentence;
// `network` names what the tensors are compared with. Where one is missing, the first unexpected one is
// named, too: it may be the same tensor under another name.
std::optional<std::string> firstMismatch(const std::vector<TensorInfo>& expected, const TensorTable& table,
                                         const std::string& network) {
  const std::optional<std::string> unexpected = firstUnexpected(expected, table);
  for (const TensorInfo& info : expected)
    if (auto text = mismatch(info, table, network)) {
      const bool isMissing = table.find(info.name) == nullptr;
      return *text + (isMissing && unexpected ? "; " + *unexpected : "");
    }
  if (unexpected) return *unexpected + "; " + network + " has none of that name";
  return std::nullopt;
}

// Every generator that the table may be of by some of its names and shapes: at least one, all valid, the
// likelier first. The caller finds out which one matches.
std::vector<GeneratorSpec> candidateSpecs(const TensorTable& table) {
  std::vector<GeneratorSpec> all;
  if (table.find("encoder.convs.1.0.weight") != nullptr) addStyleGans(table, all);
  if (table.find("model.model.0.weight") != nullptr) addUnets(table, all);
  if (all.empty()) addResnets(table, all);
  return all;
}

}  // namespace

TensorTable::TensorTable(const StateDict& weights) : weights_(weights) {
  for (const auto& [name, tensor] : weights)
    if (!byName_.emplace(name, &tensor).second)
      throw Error(ErrorKind::wrongFile,
                  "the tensor name " + quotedName(name) + " is there twice; expected unique names");
}

const Tensor* TensorTable::find(std::string_view name) const {
  const auto found = byName_.find(name);
  return found == byName_.end() ? nullptr : found->second;
}

void checkConstantFilters(const GeneratorSpec& spec, const StateDict& weights) {
  const TensorTable table(weights);
  forEachLayer(spec, [&](const Layer& layer) {
    const auto taps = filterTaps(layer.kind);
    if (taps.empty()) return;
    const Tensor* tensor = table.find(filterName(layer));
    if (tensor == nullptr) return;
    const std::vector<float> values = toFloats(*tensor);
    for (std::size_t i = 0; i < values.size(); ++i)
      if (!(std::abs(values[i] - taps[i % taps.size()]) < 1e-6F))
        throw Error(ErrorKind::wrongFile, "the filter '" + filterName(layer) +
                                              "' is not the reference's binomial one; other filters are not "
                                              "supported");
  });
}

void checkMeta(const GeneratorSpec& spec, const StateDict& meta) {
  if (const auto text = firstMismatch(expectedTensors(spec), TensorTable(meta), spec.text()))
    throw Error(ErrorKind::wrongFile, *text);
}

void checkWeights(const GeneratorSpec& spec, const StateDict& weights) {
  checkMeta(spec, weights);
  checkConstantFilters(spec, weights);
}

GeneratorSpec inferSpec(const StateDict& weights) {
  GeneratorSpec spec = inferSpecFromMeta(weights);
  checkConstantFilters(spec, weights);
  return spec;
}

GeneratorSpec inferSpecFromMeta(const StateDict& meta) {
  const TensorTable table(meta);
  GeneratorSpec nearest;
  std::size_t most = 0;
  for (const GeneratorSpec& spec : candidateSpecs(table)) {
    const auto expected = expectedTensors(spec);
    if (!firstMismatch(expected, table, {})) return spec;
    const std::size_t matches = countMatches(expected, table);
    if (matches > most) {
      most = matches;
      nearest = spec;
    }
  }
  if (most == 0)
    throw Error(ErrorKind::wrongFile,
                "holds no generator of CUT: expected a tensor 'model.1.weight' of shape (ngf, channels, 7, "
                "7) (ResNet), "
                "'model.model.0.weight' (U-Net) or 'encoder.convs.1.0.weight' (StyleGAN2)" +
                    (meta.empty() ? std::string(" but there are no tensors at all")
                                  : "; the first tensor is '" + printable(meta.front().first) +
                                        "' of shape " + shapeText(meta.front().second.shape)) +
                    std::string(torchScriptHint));
  const std::vector<TensorInfo> expected = expectedTensors(nearest);
  const bool isAnotherArchitecture = 2 * most < expected.size();
  throw Error(ErrorKind::wrongFile,
              "fits no known network: " +
                  *firstMismatch(expected, table, "the nearest known network, " + nearest.text() + ",") +
                  (isAnotherArchitecture ? std::string(torchScriptHint) : ""));
}

}  // namespace cut
