// The weights of a ResNet generator as the kernels read them: transformed once, shared by all sessions.
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

// Which kernels are taken where there is a choice.
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
  PackedConvolution first;                // Winograd's of columns or AMX's, inputs as they are
  std::array<PackedConvolution, 2> down;  // Winograd or AMX's, or direct with stride 2
  std::vector<PackedConvolution> blocks;  // Winograd or AMX's, two a block
  // Winograd or AMX's; or transposed convolutions as one direct one for each of the output's four
  // phases: (even, even), (even, odd), (odd, even), (odd, odd) rows and columns.
  std::array<std::vector<PackedConvolution>, 2> up;
  PackedConvolution last;       // likewise, 7x1: the seven columns of the kernel are outputs of their own
  std::vector<float> lastBias;  // (outputChannels)
};

}  // namespace cut::cpu
