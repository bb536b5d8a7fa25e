// Which generator a state_dict belongs to, told from the names and shapes of its tensors.
#include <algorithm>
#include <cmath>
#include <set>

#include "cut/error.hpp"
#include "cut/model_file.hpp"
#include "weights/generator_tensors.hpp"
#include "weights/tensor_table.hpp"
#include "weights/text.hpp"

namespace cut {
namespace {

void checkFilters(const GeneratorSpec& spec, const TensorTable& table) {
  forEachLayer(spec, [&](const Layer& layer) {
    const auto taps = filterTaps(layer.kind);
    if (taps.empty()) return;
    const Tensor* tensor = table.find(layer.name + ".filt");
    if (tensor == nullptr) return;
    const std::vector<float> values = toFloats(*tensor);
    for (std::size_t i = 0; i < values.size(); ++i)
      if (!(std::abs(values[i] - taps[i % taps.size()]) < 1e-6F))
        throw Error(ErrorKind::wrongFile,
                    "the filter '" + layer.name +
                        ".filt' is not the reference's binomial one; other filters are not "
                        "supported");
  });
}

// "model.12.conv_block.1.weight" counts for block 12.
int countBlocks(const StateDict& weights) {
  std::set<std::string_view> blocks;
  for (const auto& [name, tensor] : weights) {
    const std::size_t end = name.find(".conv_block.");
    if (end != std::string::npos) blocks.insert(std::string_view(name).substr(0, end));
  }
  return static_cast<int>(std::min<std::size_t>(blocks.size(), 1000));
}

// A side of a tensor as a field of a spec; the default where it is absent or out of range, so that the
// comparison then names that tensor.
int sideOr(const Tensor* tensor, std::size_t axis, int highest, int otherwise) {
  if (tensor == nullptr || tensor->shape.size() != 4) return otherwise;
  const std::int64_t side = tensor->shape[axis];
  return side >= 1 && side <= highest ? static_cast<int>(side) : otherwise;
}

std::string lastConvolutionName(const GeneratorSpec& spec) {
  std::string name;
  forEachLayer(spec, [&](const Layer& layer) { name = layer.name; });
  return name;
}

std::vector<GeneratorSpec> candidates(const TensorTable& table) {
  GeneratorSpec base;
  const Tensor* first = table.find("model.1.weight");
  base.ngf = sideOr(first, 0, 1024, base.ngf);
  base.inputChannels = sideOr(first, 1, 4, base.inputChannels);
  const int blocks = countBlocks(table.weights());
  if (blocks >= 1 && blocks <= 64) base.blocks = blocks;
  std::vector<GeneratorSpec> all;
  for (const Norm norm : {Norm::instance, Norm::batch, Norm::none})
    for (int flags = 0; flags < 8; ++flags) {
      GeneratorSpec spec = base;
      spec.norm = norm;
      spec.noAntialias = (flags & 1) != 0;
      spec.noAntialiasUp = (flags & 2) != 0;
      spec.dropout = (flags & 4) != 0;
      const Tensor* last = table.find(lastConvolutionName(spec) + ".weight");
      spec.outputChannels = sideOr(last, 0, 4, spec.outputChannels);
      all.push_back(spec);
    }
  return all;
}

}  // namespace

void checkWeights(const GeneratorSpec& spec, const StateDict& weights) {
  const TensorTable table(weights);
  if (const auto text = firstMisfit(expectedTensors(spec), table, spec.text()))
    throw Error(ErrorKind::wrongFile, *text);
  checkFilters(spec, table);
}

GeneratorSpec inferSpec(const StateDict& weights) {
  const TensorTable table(weights);
  GeneratorSpec nearest;
  std::size_t most = 0;
  for (const GeneratorSpec& spec : candidates(table)) {
    const auto expected = expectedTensors(spec);
    if (!firstMisfit(expected, table, {})) {
      checkFilters(spec, table);
      return spec;
    }
    const std::size_t matches = countMatches(expected, table);
    if (matches > most) {
      most = matches;
      nearest = spec;
    }
  }
  if (most == 0)
    throw Error(
        ErrorKind::wrongFile,
        "holds no generator of CUT: expected a tensor 'model.1.weight' of shape (ngf, channels, 7, 7)" +
            (weights.empty() ? std::string(" but there are no tensors at all")
                             : "; the first tensor is '" + printable(weights.front().first) + "' of shape " +
                                   shapeText(weights.front().second.shape)));
  throw Error(ErrorKind::wrongFile,
              "fits no known network: " + *firstMisfit(expectedTensors(nearest), table,
                                                       "the nearest known network, " + nearest.text() + ","));
}

}  // namespace cut
