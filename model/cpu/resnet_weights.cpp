#include "cpu/resnet_weights.hpp"

#include <algorithm>

#include "cpu/folded_layers.hpp"
#include "cpu/int8_ranges.hpp"

namespace cut::cpu {
namespace {

// Of one layer, from the model's file; none in other products than int8.
Int8Ranges rangesFor(const FoldedLayer& layer, const ModelFile& model, Products products) {
  if (products != Products::int8) return {};
  const auto values = [&](const char* which) {
    return toFloats(*find(model.int8Ranges, layer.name + which));  // the file was checked to have them all
  };
  return {values(".channels"), values(".frequencies")};
}

PackedConvolution packWinograd(const FoldedLayer& layer, const ModelFile& model, Products products,
                               ParallelFor parallelFor) {
  PackedConvolution packed{.inputs = paddedChannels(layer.inputs), .outputs = paddedChannels(layer.outputs)};
  const WinogradShape shape{.inChannels = packed.inputs, .outChannels = packed.outputs, .products = products};
  packed.weights = makeFloats(shape.weights());
  const Int8Ranges ranges = rangesFor(layer, model, products);
  winogradWeights(layer.weight.data(), layer.outputs, layer.inputs, packed.weights.get(), shape, parallelFor,
                  {ranges.channels.data(), ranges.frequencies.data()});
  packed.bias = layer.bias;
  packed.bias.resize(static_cast<std::size_t>(packed.outputs));
  return packed;
}

// Zeros, to be filled by weightAt.
PackedConvolution emptyDirect(std::int64_t inputs, std::int64_t outputs, std::int64_t height,
                              std::int64_t width) {
  PackedConvolution packed{
      .inputs = inputs, .outputs = paddedChannels(outputs), .kernelHeight = height, .kernelWidth = width};
  const std::int64_t count = packed.direct().weights();
  packed.weights = makeFloats(count);
  std::fill_n(packed.weights.get(), count, 0.0F);
  packed.bias.resize(static_cast<std::size_t>(packed.outputs));
  return packed;
}

float& weightAt(PackedConvolution& packed, std::int64_t out, std::int64_t in, std::int64_t row,
                std::int64_t column) {
  return packed.weights.get()[directWeightAt(packed.direct(), out, in, row, column)];
}

PackedConvolution packDirect(const FoldedLayer& layer, std::int64_t inputs) {
  PackedConvolution packed = emptyDirect(inputs, layer.outputs, layer.side, layer.side);
  for (std::int64_t out = 0; out < layer.outputs; ++out)
    for (std::int64_t in = 0; in < layer.inputs; ++in)
      for (std::int64_t i = 0; i < layer.side; ++i)
        for (std::int64_t j = 0; j < layer.side; ++j)
          weightAt(packed, out, in, i, j) = layer.at(out, in, i, j);
  std::copy(layer.bias.begin(), layer.bias.end(), packed.bias.begin());
  return packed;
}

// Output rows 2y come from row y with the kernel's row 1, rows 2y + 1 from rows y and y + 1 with its rows 2
// and 0; columns alike.
PackedConvolution packPhase(const FoldedLayer& layer, int oddRow, int oddColumn) {
  const auto tap = [](int odd, std::int64_t i) -> std::int64_t { return odd ? 2 - 2 * i : 1; };
  PackedConvolution packed =
      emptyDirect(paddedChannels(layer.inputs), layer.outputs, 1 + oddRow, 1 + oddColumn);
  for (std::int64_t out = 0; out < layer.outputs; ++out)
    for (std::int64_t in = 0; in < layer.inputs; ++in)
      for (std::int64_t i = 0; i <= oddRow; ++i)
        for (std::int64_t j = 0; j <= oddColumn; ++j)
          weightAt(packed, out, in, i, j) = layer.at(out, in, tap(oddRow, i), tap(oddColumn, j));
  std::copy(layer.bias.begin(), layer.bias.end(), packed.bias.begin());
  return packed;
}

PackedConvolution packLast(const FoldedLayer& layer) {
  PackedConvolution packed =
      emptyDirect(paddedChannels(layer.inputs), layer.side * layer.outputs, layer.side, 1);
  packed.halfOfLast = packed.outputs - layer.side * layer.outputs >= channelGroup / 2;
  for (std::int64_t out = 0; out < layer.outputs; ++out)
    for (std::int64_t in = 0; in < layer.inputs; ++in)
      for (std::int64_t i = 0; i < layer.side; ++i)
        for (std::int64_t j = 0; j < layer.side; ++j)
          weightAt(packed, j * layer.outputs + out, in, i, 0) = layer.at(out, in, i, j);
  return packed;
}

}  // namespace

ResnetWeights::ResnetWeights(const ModelFile& model, Products ofWinograd, ParallelFor parallelFor)
    : spec(model.spec), products(ofWinograd) {
  const int ups = 3 + 2 * spec.blocks;  // the index of the first up-sampling convolution
  int index = 0;
  forEachFoldedLayer(model, [&](const FoldedLayer& layer) {
    const int i = index++;
    if (i == 0) {
      first = packDirect(layer, layer.inputs);
    } else if (i <= 2) {
      down[static_cast<std::size_t>(i - 1)] = spec.noAntialias
                                                  ? packDirect(layer, paddedChannels(layer.inputs))
                                                  : packWinograd(layer, model, products, parallelFor);
    } else if (i < ups) {
      blocks.push_back(packWinograd(layer, model, products, parallelFor));
    } else if (i < ups + 2) {
      auto& packed = up[static_cast<std::size_t>(i - ups)];
      if (layer.transposed)
        for (int phase = 0; phase < 4; ++phase) packed.push_back(packPhase(layer, phase / 2, phase % 2));
      else
        packed.push_back(packWinograd(layer, model, products, parallelFor));
    } else {
      last = packLast(layer);
      lastBias = layer.bias;
    }
  });
}

}  // namespace cut::cpu
