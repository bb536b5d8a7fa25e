// The weights of one convolution as a kernel reads them.
#pragma once

#include <cstdint>
#include <vector>

#include "backends/cpu/float_memory.hpp"
#include "backends/cpu/folded_layers.hpp"
#include "kernels/base/parallel_for.hpp"
#include "kernels/conv/amx/amx_convolution.hpp"
#include "kernels/conv/direct/direct_convolution.hpp"
#include "kernels/conv/winograd/winograd.hpp"
#include "kernels/conv/winograd/winograd_columns.hpp"

namespace cut::cpu {

// Channels are filled up to whole groups.
struct PackedConvolution {
  std::int64_t inputs = 0;
  std::int64_t outputs = 0;
  std::int64_t kernelHeight = 3;
  std::int64_t kernelWidth = 3;
  bool halfOfLast = false;  // as ColumnsShape has it
  ComputeType computeType = ComputeType::fp32;
  bool usesAmx = false;      // a amxConvolution; otherwise one of Winograd's, or a direct one
  bool nonNegative = false;  // as AmxShape has it
  FloatMemory weights{};
  std::vector<float> bias{};  // (outputs)

  DirectShape direct() const noexcept {
    return {.inChannels = inputs,
            .outChannels = outputs,
            .kernelHeight = kernelHeight,
            .kernelWidth = kernelWidth};
  }
  ColumnsShape columns() const noexcept {
    return {
        .inChannels = inputs, .outChannels = outputs, .kernelWidth = kernelWidth, .halfOfLast = halfOfLast};
  }
  AmxShape amx() const noexcept {
    return {.inChannels = inputs,
            .outChannels = outputs,
            .kernelHeight = kernelHeight,
            .kernelWidth = kernelWidth,
            .computeType = computeType,
            .nonNegative = nonNegative};
  }
};

// What a kernel reads one pixel from: `channels` of one map, or of several beside each other, each filled up
// to whole groups by itself unless they are `dense`.
struct InputLayout {
  std::int64_t channels = 0;
  int maps = 1;
  bool dense = false;

  std::int64_t packed() const noexcept;
  std::int64_t packed(std::int64_t channel) const noexcept;  // where it lies
};

// A convolution as it is.
PackedConvolution packDirect(const FoldedLayer& layer, const InputLayout& inputs, ParallelFor parallelFor);

// Of a transposed 3x3 or 4x4 convolution that doubles the sides: what gives the output's even or odd rows and
// columns. Lines 2y + 1 come from the input's y and y + 1 with the kernel's lines 2 and 0; lines 2y come from
// y with line 1 of a 3x3 kernel, from y - 1 and y with lines 3 and 1 of a 4x4 kernel.
PackedConvolution packPhase(const FoldedLayer& layer, const InputLayout& inputs, int oddRow, int oddColumn,
                            ParallelFor parallelFor);

// All taps of a kernel as outputs of their own, (side * side, outputs), on one pixel of the input; no bias.
PackedConvolution packTaps(const FoldedLayer& layer, const InputLayout& inputs);

}  // namespace cut::cpu
