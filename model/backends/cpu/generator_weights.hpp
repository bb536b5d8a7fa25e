// SPDX-License-Identifier: MIT
// The packed weights of generators: transformed and packed once, shared by all sessions.
#pragma once

#include <array>
#include <vector>

#include "backends/cpu/packed_convolution.hpp"
#include "cuttranslate/model_file.hpp"
#include "kernels/base/cpu_features.hpp"
#include "kernels/conv/winograd/winograd.hpp"

namespace cut::cpu {

// Which layers run in bf16. A residual block adds its rounding noise to an exact skip connection, the layers
// outside of the blocks do not; with inBlocks they run in bf16x3, or in fp32 without AMX.
enum class Bf16 { everywhere, inBlocks };

// The choice of kernels where there are several.
struct ResnetKernels {
  Bf16 bf16 = Bf16::everywhere;
  bool amx = haveAmx();  // for bf16x3, bf16 and int8; without it the latter two run by Winograd
};

struct ResnetWeights {
  // bf16x3 requires AMX. int8 requires a model with activation ranges, and is for the layers that have some;
  // the other layers run in bf16 where that is faster than fp32, else in fp32.
  ResnetWeights(const ModelFile& model, ComputeType wanted, ParallelFor parallelFor,
                const ResnetKernels& kernels = {});

  GeneratorSpec spec;
  PackedConvolution first;                // winogradColumns or AMX, input channels not padded
  std::array<PackedConvolution, 2> down;  // Winograd or AMX; or direct with stride 2
  std::vector<PackedConvolution> blocks;  // Winograd or AMX, two for each block
  // Winograd or AMX, with upsample2x; or a transposed convolution as four direct ones, one for each phase of
  // the output: (even, even), (even, odd), (odd, even), (odd, odd) rows and columns.
  std::array<std::vector<PackedConvolution>, 2> up;
  PackedConvolution
      last;  // winogradColumns or AMX, 7x1: kernel columns are separate outputs (output_stage.hpp)
  std::vector<float> lastBias;  // (outputChannels)
};

// Indexed by level, outermost first: the encoder of level i halves the sides for the (i + 1)th time.
struct UnetWeights {
  UnetWeights(const ModelFile& model, ParallelFor parallelFor);

  std::size_t levels() const noexcept { return down.size(); }

  GeneratorSpec spec;
  std::vector<PackedConvolution> down;  // 4x4, stride 2
  // The transposed convolutions of levels from 1 on, each as four direct ones, one for each phase of the
  // output as in ResnetWeights. Their inputs are the level's skip connection and the decoded map of the level
  // below.
  std::vector<std::array<PackedConvolution, 4>> up;
  PackedConvolution last;       // of level 0: its 16 taps are separate outputs (output_stage.hpp)
  std::vector<float> lastBias;  // (outputChannels)
};

}  // namespace cut::cpu
