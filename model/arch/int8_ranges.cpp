#include "arch/int8_ranges.hpp"

#include <algorithm>
#include <span>
#include <string>

#include "arch/tensor_table.hpp"
#include "cuttranslate/error.hpp"

namespace cut {
namespace {

constexpr std::int64_t frequencies = 36;  // of F(4x4, 3x3)
// Neither they nor their products and inverses leave float's range.
constexpr float smallest = 1e-15F;
constexpr float largest = 1e15F;

bool isKernel(const TensorInfo& info) {
  return info.name.ends_with(".weight") && info.shape.size() == 4;
}

// By its place among a ResNet's convolutions: first, two down, two a block, two up, last.
bool isQuantised(const GeneratorSpec& spec, int place) {
  const int firstUp = 3 + 2 * spec.blocks;
  if (place == 1 || place == 2) return !spec.noAntialias;
  if (place == firstUp || place == firstUp + 1) return !spec.noAntialiasUp;
  return place > 2 && place < firstUp;
}

void checkTensor(const TensorInfo& expected, const TensorTable& ranges) {
  const Tensor* tensor = ranges.find(expected.name);
  if (tensor == nullptr)
    throw Error(ErrorKind::wrongFile,
                "the int8 ranges lack '" + expected.name + "'; cut-model quantize writes them anew");
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
  int place = 0;
  for (const TensorInfo& info : expectedTensors(spec)) {
    if (!isKernel(info) || !isQuantised(spec, place++)) continue;
    const std::string layer = info.name.substr(0, info.name.rfind('.'));
    ranges.push_back({layer + ".inputs", {info.shape[1]}});
    ranges.push_back({layer + ".channels", {info.shape[1]}});
    ranges.push_back({layer + ".frequencies", {frequencies}});
  }
  return ranges;
}

void checkRangesOutlines(const GeneratorSpec& spec, const StateDict& ranges) {
  const std::vector<TensorInfo> expected = expectedRanges(spec);
  const TensorTable table(ranges);
  std::size_t known = 0;
  for (std::size_t i = 0; i < expected.size(); i += rangesOfLayer) {  // all of a layer, or none
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
                                          "; cut-model quantize writes them anew");
}

void checkRangesValues(const StateDict& ranges) {
  for (const auto& [name, tensor] : ranges) {
    const std::vector<float> values = toFloats(tensor);
    if (!std::all_of(values.begin(), values.end(), [](float x) { return x >= smallest && x <= largest; }))
      throw Error(ErrorKind::wrongFile, "the int8 ranges '" + name + "' hold a number outside 1e-15 to 1e15");
  }
}

}  // namespace cut
