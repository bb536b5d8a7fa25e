#include "cpu/resnet_weights.hpp"

#include <algorithm>

#include "cpu/folded_layers.hpp"
#include "cpu/int8_ranges.hpp"
#include "cpu/kernels/bf16.hpp"

namespace cut::cpu {
namespace {

constexpr const char* channelRanges = ".channels";

// Int8 is only for layers with ranges.
Products productsOf(const FoldedLayer& layer, const ModelFile& model, Products wanted) {
  if (wanted != Products::int8 || find(model.int8Ranges, layer.name + channelRanges)) return wanted;
  return haveBf16() ? Products::bf16 : Products::fp32;
}

// Of one layer, from the model's file; none in other products than int8.
Int8Ranges rangesFor(const FoldedLayer& layer, const ModelFile& model, Products products) {
  if (products != Products::int8) return {};
  const auto values = [&](const char* which) {
    return toFloats(*find(model.int8Ranges, layer.name + which));  // the file was checked to have both
  };
  return {values(channelRanges), values(".frequencies")};
}

// Whether products of these are a matrix unit's.
bool forMatrixUnit(Products products) {
  return products == Products::bf16 && haveMatrixUnit();
}

// Of `inputs` as they lie in memory, and `outputs` not filled up yet.
PackedConvolution packMatrix(const FoldedLayer& layer, std::int64_t inputs, std::int64_t outputs,
                             std::int64_t kernelWidth, WeightAt weight, ParallelFor parallelFor) {
  PackedConvolution packed{.inputs = inputs,
                           .outputs = paddedChannels(outputs),
                           .kernelHeight = layer.side,
                           .kernelWidth = kernelWidth,
                           .products = Products::bf16,
                           .byMatrixUnit = true};
  const MatrixShape shape = packed.matrix();
  packed.weights = makeFloats(shape.weights());
  matrixWeights(weight, outputs, layer.inputs, packed.weights.get(), shape, parallelFor);
  packed.bias.resize(static_cast<std::size_t>(packed.outputs));
  return packed;
}

PackedConvolution packMatrix(const FoldedLayer& layer, std::int64_t inputs, ParallelFor parallelFor) {
  const auto weight = [&](std::int64_t out, std::int64_t in, std::int64_t row, std::int64_t column) {
    return layer.at(out, in, row, column);
  };
  PackedConvolution packed = packMatrix(layer, inputs, layer.outputs, layer.side, weight, parallelFor);
  std::copy(layer.bias.begin(), layer.bias.end(), packed.bias.begin());
  return packed;
}

PackedConvolution packFirst(const FoldedLayer& layer, Products products, ParallelFor parallelFor) {
  if (forMatrixUnit(products)) return packMatrix(layer, layer.inputs, parallelFor);
  return packDirect(layer, {.channels = layer.inputs, .dense = true}, parallelFor);
}

PackedConvolution packThree(const FoldedLayer& layer, const ModelFile& model, Products wanted,
                            ParallelFor parallelFor) {
  const Products products = productsOf(layer, model, wanted);
  if (forMatrixUnit(products)) return packMatrix(layer, paddedChannels(layer.inputs), parallelFor);
  PackedConvolution packed{
      .inputs = paddedChannels(layer.inputs), .outputs = paddedChannels(layer.outputs), .products = products};
  const WinogradShape shape{.inChannels = packed.inputs, .outChannels = packed.outputs, .products = products};
  packed.weights = makeFloats(shape.weights());
  const Int8Ranges ranges = rangesFor(layer, model, products);
  winogradWeights(denseKernels(layer.weight.data(), layer.outputs, layer.inputs), packed.weights.get(), shape,
                  parallelFor, {ranges.channels.data(), ranges.frequencies.data()});
  packed.bias = layer.bias;
  packed.bias.resize(static_cast<std::size_t>(packed.outputs));
  return packed;
}

PackedConvolution packLast(const FoldedLayer& layer, Products products, ParallelFor parallelFor) {
  if (forMatrixUnit(products)) {
    const auto weight = [&](std::int64_t out, std::int64_t in, std::int64_t row, std::int64_t) {
      return layer.at(out % layer.outputs, in, row, out / layer.outputs);
    };
    return packMatrix(layer, paddedChannels(layer.inputs), layer.side * layer.outputs, 1, weight,
                      parallelFor);
  }
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

ResnetWeights::ResnetWeights(const ModelFile& model, Products ofWinograd, ParallelFor parallelFor, Bf16 bf16)
    : spec(model.spec) {
  const Products around =
      ofWinograd == Products::bf16 && bf16 == Bf16::inBlocks ? Products::fp32 : ofWinograd;
  const int ups = 3 + 2 * spec.blocks;  // the index of the first up-sampling convolution
  int index = 0;
  forEachFoldedLayer(model, [&](const FoldedLayer& layer) {
    const int i = index++;
    if (i == 0) {
      first = packFirst(layer, around, parallelFor);
    } else if (i <= 2) {
      down[static_cast<std::size_t>(i - 1)] = spec.noAntialias
                                                  ? packDirect(layer, {layer.inputs}, parallelFor)
                                                  : packThree(layer, model, around, parallelFor);
    } else if (i < ups) {
      blocks.push_back(packThree(layer, model, ofWinograd, parallelFor));
    } else if (i < ups + 2) {
      auto& packed = up[static_cast<std::size_t>(i - ups)];
      if (layer.transposed)
        for (int phase = 0; phase < 4; ++phase)
          packed.push_back(packPhase(layer, {layer.inputs}, phase / 2, phase % 2, parallelFor));
      else
        packed.push_back(packThree(layer, model, around, parallelFor));
    } else {
      last = packLast(layer, around, parallelFor);
      lastBias = layer.bias;
    }
  });
}

}  // namespace cut::cpu
