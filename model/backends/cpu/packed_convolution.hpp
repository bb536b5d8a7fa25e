// SPDX-License-Identifier: MIT
// The packed weights of one convolution.
#pragma once

#include <cstdint>
#include <vector>

#include "backends/cpu/folded_layers.hpp"
#include "kernels/base/aligned_floats.hpp"
#include "kernels/base/parallel_for.hpp"
#include "kernels/conv/amx/amx_convolution.hpp"
#include "kernels/conv/direct/direct_convolution.hpp"
#include "kernels/conv/winograd/winograd.hpp"
#include "kernels/conv/winograd/winograd_columns.hpp"

namespace cut::cpu {

// Channels are padded to multiples of channelGroup.
struct PackedConvolution {
  std::int64_t inputs = 0;
  std::int64_t outputs = 0;
  std::int64_t kernelHeight = 3;
  std::int64_t kernelWidth = 3;
  bool skipLastHalfPanel = false;  // as in ColumnsShape
  ComputeType computeType = ComputeType::fp32;
  bool usesAmx = false;      // amxConvolution; else Winograd or direct convolution
  bool nonNegative = false;  // as in AmxShape
  AlignedFloats weights{};
  std::vector<float> bias{};  // (outputs)

  DirectShape direct() const noexcept {
    return {.inChannels = inputs,
            .outChannels = outputs,
            .kernelHeight = kernelHeight,
            .kernelWidth = kernelWidth};
  }
  ColumnsShape columns() const noexcept {
    return {.inChannels = inputs,
            .outChannels = outputs,
            .kernelWidth = kernelWidth,
            .skipLastHalfPanel = skipLastHalfPanel};
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

// The channels of an input pixel: those of one map or of several concatenated maps, each of them padded to a
// multiple of channelGroup unless they are `dense`.
struct InputLayout {
  std::int64_t channels = 0;
  int maps = 1;
  bool dense = false;

  std::int64_t packed() const noexcept;
  std::int64_t packed(std::int64_t channel) const noexcept;  // its position
};

// For directConvolution().
PackedConvolution packDirect(const FoldedLayer& layer, const InputLayout& inputs, ParallelFor parallelFor);

// One phase of a transposed 3x3 or 4x4 convolution with stride 2, as a direct convolution: it computes the
// even or odd rows and columns of the output. Output line 2y + 1 is the sum of input lines y and y + 1 times
// kernel lines 2 and 0; line 2y is input line y times kernel line 1 (3x3), or input lines y - 1 and y times
// kernel lines 3 and 1 (4x4).
PackedConvolution packPhase(const FoldedLayer& layer, const InputLayout& inputs, int oddRow, int oddColumn,
                            ParallelFor parallelFor);

// A 1x1 convolution with all taps of a kernel as separate outputs, (side * side, outputs), without bias.
PackedConvolution packTaps(const FoldedLayer& layer, const InputLayout& inputs);

}  // namespace cut::cpu
