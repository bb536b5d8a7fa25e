// SPDX-License-Identifier: MIT
#include "backends/cpu/stylegan_weights.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "backends/cpu/stylegan_layers.hpp"
#include "kernels/conv/direct/image_layer.hpp"

namespace cut::cpu {
namespace {

constexpr std::int64_t composedSide = 6;

void multiply(FoldedLayer& layer, double gain) {
  for (float& weight : layer.weight) weight = static_cast<float>(weight * gain);
  for (float& bias : layer.bias) bias = static_cast<float>(bias * gain);
}

// `kernels` is dense, (outputs, inputs, 3, 3), with as many biases.
PackedConvolution packWinograd(const std::vector<float>& kernels, const std::vector<float>& bias,
                               std::int64_t inputs, ParallelFor parallelFor) {
  const auto outputs = static_cast<std::int64_t>(bias.size());
  PackedConvolution packed{.inputs = paddedChannels(inputs), .outputs = paddedChannels(outputs)};
  const WinogradShape shape{.inChannels = packed.inputs, .outChannels = packed.outputs};
  packed.weights = makeAlignedFloats(shape.weights());
  winogradWeights(denseKernels(kernels.data(), outputs, inputs), packed.weights.get(), shape, parallelFor);
  packed.bias = bias;
  packed.bias.resize(static_cast<std::size_t>(packed.outputs));
  return packed;
}

PackedConvolution pack3x3(const FoldedLayer& layer, ParallelFor parallelFor) {
  return packWinograd(layer.weight, layer.bias, layer.inputs, parallelFor);
}

// A 3x3 kernel convolved with the filter [1, 3, 3, 1] x [1, 3, 3, 1], whose sum is `sum`: 6x6, row by row.
using ComposedKernel = std::array<double, composedSide * composedSide>;
ComposedKernel blurred(const FoldedLayer& layer, std::int64_t out, std::int64_t in, double sum) {
  constexpr double taps[] = {1, 3, 3, 1};
  ComposedKernel kernel{};
  for (std::int64_t row = 0; row < 3; ++row)
    for (std::int64_t column = 0; column < 3; ++column) {
      const double weight = layer.at(out, in, row, column) * sum / 64;
      for (std::int64_t i = 0; i < 4; ++i)
        for (std::int64_t j = 0; j < 4; ++j)
          kernel[static_cast<std::size_t>((row + i) * composedSide + column + j)] +=
              weight * taps[i] * taps[j];
    }
  return kernel;
}

// Blur, then 3x3 with stride 2. Output o sees the inputs from 2o - 2 to 2o + 3: the blocks of two from o - 1
// to o + 1.
PackedConvolution packStrided(const FoldedLayer& layer, ParallelFor parallelFor) {
  const std::int64_t piece = paddedChannels(layer.inputs), inputs = 4 * piece;
  std::vector<float> kernels(static_cast<std::size_t>(layer.outputs * inputs * 9));
  for (std::int64_t out = 0; out < layer.outputs; ++out)
    for (std::int64_t in = 0; in < layer.inputs; ++in) {
      const ComposedKernel kernel = blurred(layer, out, in, 1);
      for (std::int64_t i = 0; i < composedSide * composedSide; ++i) {
        const std::int64_t row = i / composedSide, column = i % composedSide;
        const std::int64_t from = (row % 2 * 2 + column % 2) * piece + in;
        kernels[static_cast<std::size_t>((out * inputs + from) * 9 + row / 2 * 3 + column / 2)] =
            static_cast<float>(kernel[static_cast<std::size_t>(i)]);
      }
    }
  return packWinograd(kernels, layer.bias, inputs, parallelFor);
}

// Transposed 3x3 with stride 2, then blur. Output 2o + p, p being 0 or 1, is the sum of the inputs o + t - 1
// times line 4 + p - 2t of the composed kernel, for t from 0 to 2.
PackedConvolution packTransposed(const FoldedLayer& layer, ParallelFor parallelFor) {
  const std::int64_t piece = paddedChannels(layer.outputs);
  std::vector<float> kernels(static_cast<std::size_t>(4 * piece * layer.inputs * 9));
  for (std::int64_t out = 0; out < layer.outputs; ++out)
    for (std::int64_t in = 0; in < layer.inputs; ++in) {
      const ComposedKernel kernel = blurred(layer, out, in, 4);
      for (std::int64_t i = 0; i < composedSide * composedSide; ++i) {
        const std::int64_t row = i / composedSide, column = i % composedSide;
        const std::int64_t to = (row % 2 * 2 + column % 2) * piece + out;
        kernels[static_cast<std::size_t>((to * layer.inputs + in) * 9 + (2 - row / 2) * 3 + 2 - column / 2)] =
            static_cast<float>(kernel[static_cast<std::size_t>(i)]);
      }
    }
  std::vector<float> bias(static_cast<std::size_t>(4 * piece));
  for (std::int64_t part = 0; part < 4; ++part)
    std::copy(layer.bias.begin(), layer.bias.end(), bias.begin() + part * piece);
  return packWinograd(kernels, bias, layer.inputs, parallelFor);
}

void packLast(const FoldedLayer& layer, StyleGanWeights& weights) {
  weights.last.assign(static_cast<std::size_t>(paddedChannels(layer.inputs) * maxImageChannels), 0.0F);
  weights.lastBias.assign(static_cast<std::size_t>(maxImageChannels), 0.0F);
  for (std::int64_t out = 0; out < layer.outputs; ++out)
    for (std::int64_t in = 0; in < layer.inputs; ++in)
      weights.last[static_cast<std::size_t>(in * maxImageChannels + out)] = layer.at(out, in, 0, 0);
  std::copy(layer.bias.begin(), layer.bias.end(), weights.lastBias.begin());
}

}  // namespace

StyleGanWeights::StyleGanWeights(const ModelFile& model, ParallelFor parallelFor)
    : spec(model.spec), noise(makeStyleNoise()) {
  const int firstBlock = 1 + 3 * spec.downs, firstUp = firstBlock + 2 * spec.blocks;
  int index = 0;
  forEachStyleLayer(model, [&](const StyleLayer& layer) {
    const int i = index++;
    const bool inDown = i >= 1 && i < firstBlock, inBlock = i >= firstBlock && i < firstUp;
    // The last of a residual block's convolutions, whose gain cancels out with the block's 1 / sqrt(2).
    const bool residual = (inDown && (i - 1) % 3 == 1) || (inBlock && (i - firstBlock) % 2 == 1);
    FoldedLayer folded = layer.convolution;
    if (!residual) multiply(folded, layer.activated ? std::numbers::sqrt2 : 1 / std::numbers::sqrt2);
    if (i == 0) {
      first = packDirect(folded, {.channels = folded.inputs, .dense = true}, parallelFor);
    } else if (inDown) {
      const int part = (i - 1) % 3;
      if (part == 0) down.emplace_back().convolution = pack3x3(folded, parallelFor);
      if (part == 1) down.back().strided = packStrided(folded, parallelFor);
      if (part == 2) down.back().skip = packDirect(folded, {folded.inputs}, parallelFor);
    } else if (inBlock) {
      blocks.push_back(pack3x3(folded, parallelFor));
    } else if (i < firstUp + spec.downs) {
      up.push_back({packTransposed(folded, parallelFor), layer.noiseWeight * std::numbers::sqrt2_v<float>});
    } else {
      packLast(folded, *this);
    }
  });
}

}  // namespace cut::cpu
