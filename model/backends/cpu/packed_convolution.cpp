// SPDX-License-Identifier: MIT
#include "backends/cpu/packed_convolution.hpp"

#include <algorithm>

namespace cut::cpu {
namespace {

// Some lines of a kernel, in the order of the input lines that they are multiplied with.
struct Lines {
  std::int64_t operator()(std::int64_t i) const { return first + step * i; }

  std::int64_t first, step, count;
};

Lines allLines(std::int64_t side) {
  return {0, 1, side};
}

// The kernel lines of one phase of a transposed convolution: those that reach its even (or odd) output lines.
Lines phaseLines(std::int64_t side, int odd) {
  const std::int64_t first = odd ? 2 : side == 4 ? 3 : 1;
  return {first, -2, first / 2 + 1};
}

// A PackedConvolution of zeros.
PackedConvolution emptyDirect(std::int64_t inputs, std::int64_t outputs, std::int64_t height,
                              std::int64_t width) {
  PackedConvolution packed{
      .inputs = inputs, .outputs = paddedChannels(outputs), .kernelHeight = height, .kernelWidth = width};
  const std::int64_t count = packed.direct().weights();
  packed.weights = makeAlignedFloats(count);
  std::fill_n(packed.weights.get(), count, 0.0F);
  packed.bias.resize(static_cast<std::size_t>(packed.outputs));
  return packed;
}

float& placeOf(PackedConvolution& packed, std::int64_t out, std::int64_t in, std::int64_t row,
               std::int64_t column) {
  return packed.weights.get()[directWeightAt(packed.direct(), out, in, row, column)];
}

// Packs a panel: the weights of 16 outputs are contiguous.
void packGroup(const FoldedLayer& layer, const InputLayout& inputs, const Lines& rows, const Lines& columns,
               std::int64_t first, PackedConvolution& packed) {
  const std::int64_t outputs = std::min(channelGroup, layer.outputs - first);
  for (std::int64_t in = 0; in < layer.inputs; ++in)
    for (std::int64_t i = 0; i < rows.count; ++i)
      for (std::int64_t j = 0; j < columns.count; ++j) {
        float* to = &placeOf(packed, first, inputs.packed(in), i, j);
        for (std::int64_t lane = 0; lane < outputs; ++lane)
          to[lane] = layer.at(first + lane, in, rows(i), columns(j));
      }
}

PackedConvolution packLines(const FoldedLayer& layer, const InputLayout& inputs, const Lines& rows,
                            const Lines& columns, ParallelFor parallelFor) {
  PackedConvolution packed = emptyDirect(inputs.packed(), layer.outputs, rows.count, columns.count);
  parallelFor(packed.outputs / channelGroup, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t group = begin; group < end; ++group)
      packGroup(layer, inputs, rows, columns, group * channelGroup, packed);
  });
  std::copy(layer.bias.begin(), layer.bias.end(), packed.bias.begin());
  return packed;
}

}  // namespace

std::int64_t InputLayout::packed() const noexcept {
  return dense ? channels : maps * paddedChannels(channels / maps);
}

std::int64_t InputLayout::packed(std::int64_t channel) const noexcept {
  if (dense) return channel;
  const std::int64_t each = channels / maps;
  return channel / each * paddedChannels(each) + channel % each;
}

PackedConvolution packDirect(const FoldedLayer& layer, const InputLayout& inputs, ParallelFor parallelFor) {
  return packLines(layer, inputs, allLines(layer.side), allLines(layer.side), parallelFor);
}

PackedConvolution packPhase(const FoldedLayer& layer, const InputLayout& inputs, int oddRow, int oddColumn,
                            ParallelFor parallelFor) {
  return packLines(layer, inputs, phaseLines(layer.side, oddRow), phaseLines(layer.side, oddColumn),
                   parallelFor);
}

PackedConvolution packTaps(const FoldedLayer& layer, const InputLayout& inputs) {
  PackedConvolution packed = emptyDirect(inputs.packed(), layer.side * layer.side * layer.outputs, 1, 1);
  for (std::int64_t out = 0; out < layer.outputs; ++out)
    for (std::int64_t in = 0; in < layer.inputs; ++in)
      for (std::int64_t i = 0; i < layer.side; ++i)
        for (std::int64_t j = 0; j < layer.side; ++j)
          placeOf(packed, (i * layer.side + j) * layer.outputs + out, inputs.packed(in), 0, 0) =
              layer.at(out, in, i, j);
  return packed;
}

}  // namespace cut::cpu
