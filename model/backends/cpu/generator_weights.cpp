// SPDX-License-Identifier: MIT
#include "backends/cpu/generator_weights.hpp"

#include <algorithm>

#include "backends/cpu/folded_layers.hpp"
#include "kernels/base/cpu_features.hpp"
#include "kernels/conv/convolution.hpp"

namespace cut::cpu {
namespace {

// int8 is for layers with activation ranges only.
ComputeType computeTypeOf(const FoldedLayer& layer, const ModelFile& model, ComputeType wanted, bool amx) {
  if (wanted != ComputeType::int8 || find(model.int8Ranges, layer.name + ".inputs")) return wanted;
  return amx || haveFastBf16() ? ComputeType::bf16 : ComputeType::fp32;
}

// The int8 ranges of a layer, `which` of them: reading the model has checked that they are there. Empty for
// other compute types.
std::vector<float> layerRanges(const FoldedLayer& layer, const ModelFile& model, ComputeType computeType,
                               const char* which) {
  if (computeType != ComputeType::int8) return {};
  return toFloats(*find(model.int8Ranges, layer.name + which));
}

// Packs weights for AMX; `packed` has the layer's shape and compute type.
void packAmx(PackedConvolution& packed, std::int64_t outputs, std::int64_t inputs, WeightAt weight,
             const std::vector<float>& ranges, ParallelFor parallelFor) {
  packed.outputs = paddedChannels(outputs);
  packed.usesAmx = true;
  const AmxShape shape = packed.amx();
  packed.weights = makeAlignedFloats(shape.weights());
  amxWeights(weight, outputs, inputs, packed.weights.get(), shape, parallelFor, ranges.data());
  packed.bias.resize(static_cast<std::size_t>(packed.outputs));
}

// The same with the weights and bias of `layer`; packed.inputs and packed.computeType are set.
void packAmx(PackedConvolution& packed, const FoldedLayer& layer, const std::vector<float>& ranges,
             ParallelFor parallelFor) {
  const auto weight = [&](std::int64_t out, std::int64_t in, std::int64_t row, std::int64_t column) {
    return layer.at(out, in, row, column);
  };
  packed.kernelHeight = packed.kernelWidth = layer.side;
  packAmx(packed, layer.outputs, layer.inputs, weight, ranges, parallelFor);
  std::copy(layer.bias.begin(), layer.bias.end(), packed.bias.begin());
}

// Packs a kernel of seven rows for winogradColumns; packed.inputs and packed.kernelWidth are set.
void packColumns(PackedConvolution& packed, std::int64_t outputs, std::int64_t inputs, WeightAt weight) {
  packed.outputs = paddedChannels(outputs);
  packed.weights = makeAlignedFloats(packed.columns().weights());
  winogradColumnsWeights(weight, outputs, inputs, packed.weights.get(), packed.columns());
  packed.bias.resize(static_cast<std::size_t>(packed.outputs));
}

PackedConvolution packFirst(const FoldedLayer& layer, ComputeType computeType, ParallelFor parallelFor) {
  PackedConvolution packed{.inputs = layer.inputs,
                           .kernelHeight = layer.side,
                           .kernelWidth = layer.side,
                           .computeType = computeType};
  if (computeType != ComputeType::fp32) {
    packAmx(packed, layer, {}, parallelFor);
    return packed;
  }
  packColumns(packed, layer.outputs, layer.inputs,
              [&](std::int64_t out, std::int64_t in, std::int64_t row, std::int64_t column) {
                return layer.at(out, in, row, column);
              });
  std::copy(layer.bias.begin(), layer.bias.end(), packed.bias.begin());
  return packed;
}

// A 3x3 layer with stride 1. nonNegative: as in AmxShape.
PackedConvolution pack3x3(const FoldedLayer& layer, const ModelFile& model, ComputeType wanted, bool amx,
                          bool nonNegative, ParallelFor parallelFor) {
  const ComputeType computeType = computeTypeOf(layer, model, wanted, amx);
  PackedConvolution packed{.inputs = paddedChannels(layer.inputs),
                           .outputs = paddedChannels(layer.outputs),
                           .computeType = computeType,
                           .nonNegative = nonNegative};
  const auto ranges = [&](const char* which) { return layerRanges(layer, model, computeType, which); };
  if (amx && computeType != ComputeType::fp32) {
    packAmx(packed, layer, ranges(".inputs"), parallelFor);
    return packed;
  }
  const WinogradShape shape{
      .inChannels = packed.inputs, .outChannels = packed.outputs, .computeType = computeType};
  packed.weights = makeAlignedFloats(shape.weights());
  const std::vector<float> channels = ranges(".channels"), tileElements = ranges(".frequencies");
  winogradWeights(denseKernels(layer.weight.data(), layer.outputs, layer.inputs), packed.weights.get(), shape,
                  parallelFor, {channels.data(), tileElements.data()});
  packed.bias = layer.bias;
  packed.bias.resize(static_cast<std::size_t>(packed.outputs));
  return packed;
}

// The last layer as a 7x1 convolution, with its seven kernel columns as separate outputs.
PackedConvolution packLast(const FoldedLayer& layer, ComputeType computeType, ParallelFor parallelFor) {
  const auto weight = [&](std::int64_t out, std::int64_t in, std::int64_t row, std::int64_t) {
    return layer.at(out % layer.outputs, in, row, out / layer.outputs);
  };
  PackedConvolution packed{.inputs = paddedChannels(layer.inputs),
                           .kernelHeight = layer.side,
                           .kernelWidth = 1,
                           .computeType = computeType};
  const std::int64_t outputs = layer.side * layer.outputs;
  if (computeType != ComputeType::fp32) {
    packAmx(packed, outputs, layer.inputs, weight, {}, parallelFor);
    return packed;
  }
  packed.skipLastHalfPanel = paddedChannels(outputs) - outputs >= channelGroup / 2;
  packColumns(packed, outputs, layer.inputs, weight);
  return packed;
}

}  // namespace

ResnetWeights::ResnetWeights(const ModelFile& model, ComputeType wanted, ParallelFor parallelFor,
                             const ResnetKernels& kernels)
    : spec(model.spec) {
  const ComputeType precise = kernels.amx ? ComputeType::bf16x3 : ComputeType::fp32;
  const ComputeType around = wanted == ComputeType::bf16 && kernels.bf16 == Bf16::inBlocks ? precise : wanted;
  // For the first and the last layer, which cost little compared with the others, so that int8 is no gain
  // there.
  const ComputeType ends = !kernels.amx                  ? ComputeType::fp32
                           : around == ComputeType::int8 ? ComputeType::bf16
                                                         : around;
  const int ups = 3 + 2 * spec.blocks;  // the index of the first up-sampling convolution
  int index = 0;
  forEachFoldedLayer(model, [&](const FoldedLayer& layer) {
    const int i = index++;
    if (i == 0) {
      first = packFirst(layer, ends, parallelFor);
    } else if (i <= 2) {
      down[static_cast<std::size_t>(i - 1)] =
          spec.noAntialias ? packDirect(layer, {layer.inputs}, parallelFor)
                           : pack3x3(layer, model, around, kernels.amx, true, parallelFor);
    } else if (i < ups) {
      // Inputs are non-negative after a ReLU: those of the first block and of each block's second
      // convolution. Other blocks read a residual sum.
      blocks.push_back(pack3x3(layer, model, wanted, kernels.amx, i == 3 || i % 2 == 0, parallelFor));
    } else if (i < ups + 2) {
      auto& packed = up[static_cast<std::size_t>(i - ups)];
      if (layer.transposed)
        for (int phase = 0; phase < 4; ++phase)
          packed.push_back(packPhase(layer, {layer.inputs}, phase / 2, phase % 2, parallelFor));
      else
        packed.push_back(pack3x3(layer, model, around, kernels.amx, i > ups, parallelFor));
    } else {
      last = packLast(layer, ends, parallelFor);
      lastBias = layer.bias;
    }
  });
}

UnetWeights::UnetWeights(const ModelFile& model, ParallelFor parallelFor) : spec(model.spec) {
  const auto count = static_cast<std::size_t>(spec.downs);
  down.resize(count);
  up.resize(count);
  std::size_t index = 0;
  forEachFoldedLayer(model, [&](const FoldedLayer& layer) {
    const std::size_t i = index++;
    if (i < count) {
      down[i] = packDirect(layer, {.channels = layer.inputs, .dense = i == 0}, parallelFor);
      return;
    }
    const std::size_t level = 2 * count - 1 - i;
    const InputLayout inputs{.channels = layer.inputs, .maps = level == count - 1 ? 1 : 2};
    if (level == 0) {
      last = packTaps(layer, inputs);
      lastBias = layer.bias;
      return;
    }
    for (int phase = 0; phase < 4; ++phase)
      up[level][static_cast<std::size_t>(phase)] =
          packPhase(layer, inputs, phase / 2, phase % 2, parallelFor);
  });
}

}  // namespace cut::cpu
