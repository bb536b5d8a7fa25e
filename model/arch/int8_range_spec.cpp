// SPDX-License-Identifier: MIT
#include "arch/int8_range_spec.hpp"

#include <algorithm>
#include <span>
#include <string>

#include "arch/infer_spec.hpp"
#include "cuttranslate/error.hpp"

namespace cut {
namespace {

constexpr std::int64_t tileElements = 36;  // of a transformed tile of Winograd's F(4x4, 3x3)
// Ranges, their products and inverses all stay within float's range.
constexpr float minRange = 1e-15F;
constexpr float maxRange = 1e15F;

bool isKernel(const TensorInfo& info) {
  return info.name.ends_with(".weight") && info.shape.size() == 4;
}

// `index` counts a ResNet's convolutions: the first, two down, two of each block, two up, the last. Those
// with stride 1 are quantised, except the first and the last.
bool isQuantised(const GeneratorSpec& spec, int index) {
  const int firstUp = 3 + 2 * spec.blocks;
  if (index == 1 || index == 2) return !spec.noAntialias;
  if (index == firstUp || index == firstUp + 1) return !spec.noAntialiasUp;
  return index > 2 && index < firstUp;
}

void checkTensor(const TensorInfo& expected, const TensorTable& ranges) {
  const Tensor* tensor = ranges.find(expected.name);
  if (tensor == nullptr)
    throw Error(ErrorKind::wrongFile,
                "the int8 ranges lack '" + expected.name + "'; run cut-model quantize on the model again");
  if (tensor->dtype != DType::float32 || tensor->shape != expected.shape)
    throw Error(ErrorKind::wrongFile, "the int8 ranges '" + expected.name + "' are " +
                                          std::string(nameOf(tensor->dtype)) + " of shape " +
                                          shapeText(tensor->shape) + "; expected float32 of shape " +
                                          shapeText(expected.shape));
}

}  // namespace

std::vector<TensorInfo> expectedRanges(const GeneratorSpec& spec) {
  std::vector<TensorInfo> ranges;
  if (spec.architecture != "resnet") return ranges;
  int index = 0;
  for (const TensorInfo& info : expectedTensors(spec)) {
    if (!isKernel(info) || !isQuantised(spec, index++)) continue;
    const std::string layer = info.name.substr(0, info.name.rfind('.'));
    ranges.push_back({layer + ".inputs", {info.shape[1]}});
    ranges.push_back({layer + ".channels", {info.shape[1]}});
    ranges.push_back({layer + ".frequencies", {tileElements}});
  }
  return ranges;
}

void checkRangesMeta(const GeneratorSpec& spec, const StateDict& ranges) {
  const std::vector<TensorInfo> expected = expectedRanges(spec);
  const TensorTable table(ranges);
  std::size_t known = 0;
  for (std::size_t i = 0; i < expected.size(); i += rangesOfLayer) {  // a layer has all of its ranges or none
    const auto layer = std::span(expected).subspan(i, rangesOfLayer);
    const auto isThere = [&](const TensorInfo& info) { return table.find(info.name) != nullptr; };
    if (std::none_of(layer.begin(), layer.end(), isThere)) continue;
    for (const TensorInfo& info : layer) checkTensor(info, table);
    known += rangesOfLayer;
  }
  if (ranges.size() != known)
    throw Error(ErrorKind::wrongFile, "the int8 ranges hold " + std::to_string(ranges.size()) +
                                          " tensors, of which " + std::to_string(known) +
                                          " belong to layers of " + spec.name() +
                                          "; run cut-model quantize on the model again");
}

void checkRangesValues(const StateDict& ranges) {
  for (const auto& [name, tensor] : ranges) {
    const std::vector<float> values = toFloats(tensor);
    if (!std::all_of(values.begin(), values.end(), [](float x) { return x >= minRange && x <= maxRange; }))
      throw Error(ErrorKind::wrongFile, "the int8 ranges '" + name + "' hold a number outside 1e-15 to 1e15");
  }
}

}  // namespace cut
