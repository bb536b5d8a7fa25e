#include "cpu/packed_convolution.hpp"

#include <algorithm>

namespace cut::cpu {
namespace {

// The lines of a kernel that meet every second line of the doubled output.
struct PhaseLines {
  PhaseLines(std::int64_t side, int odd) : first(odd ? 2 : side == 4 ? 3 : 1), count(first / 2 + 1) {}

  std::int64_t operator()(std::int64_t i) const { return first - 2 * i; }

  std::int64_t first, count;
};

}  // namespace

std::int64_t InputLayout::packed() const noexcept {
  return dense ? channels : maps * paddedChannels(channels / maps);
}

std::int64_t InputLayout::packed(std::int64_t channel) const noexcept {
  if (dense) return channel;
  const std::int64_t each = channels / maps;
  return channel / each * paddedChannels(each) + channel % each;
}

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

PackedConvolution packDirect(const FoldedLayer& layer, const InputLayout& inputs, ParallelFor parallelFor) {
  PackedConvolution packed = emptyDirect(inputs.packed(), layer.outputs, layer.side, layer.side);
  parallelFor(layer.outputs, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t out = begin; out < end; ++out)
      for (std::int64_t in = 0; in < layer.inputs; ++in)
        for (std::int64_t i = 0; i < layer.side; ++i)
          for (std::int64_t j = 0; j < layer.side; ++j)
            weightAt(packed, out, inputs.packed(in), i, j) = layer.at(out, in, i, j);
  });
  std::copy(layer.bias.begin(), layer.bias.end(), packed.bias.begin());
  return packed;
}

PackedConvolution packPhase(const FoldedLayer& layer, const InputLayout& inputs, int oddRow, int oddColumn,
                            ParallelFor parallelFor) {
  const PhaseLines rows(layer.side, oddRow), columns(layer.side, oddColumn);
  PackedConvolution packed = emptyDirect(inputs.packed(), layer.outputs, rows.count, columns.count);
  parallelFor(layer.outputs, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t out = begin; out < end; ++out)
      for (std::int64_t in = 0; in < layer.inputs; ++in)
        for (std::int64_t i = 0; i < rows.count; ++i)
          for (std::int64_t j = 0; j < columns.count; ++j)
            weightAt(packed, out, inputs.packed(in), i, j) = layer.at(out, in, rows(i), columns(j));
  });
  std::copy(layer.bias.begin(), layer.bias.end(), packed.bias.begin());
  return packed;
}

PackedConvolution packTaps(const FoldedLayer& layer, const InputLayout& inputs) {
  PackedConvolution packed = emptyDirect(inputs.packed(), layer.side * layer.side * layer.outputs, 1, 1);
  for (std::int64_t out = 0; out < layer.outputs; ++out)
    for (std::int64_t in = 0; in < layer.inputs; ++in)
      for (std::int64_t i = 0; i < layer.side; ++i)
        for (std::int64_t j = 0; j < layer.side; ++j)
          weightAt(packed, (i * layer.side + j) * layer.outputs + out, inputs.packed(in), 0, 0) =
              layer.at(out, in, i, j);
  return packed;
}

}  // namespace cut::cpu
