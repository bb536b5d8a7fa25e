// The weights of a ResNet generator as the kernels read them: transformed once, shared by all sessions.
#pragma once

#include <array>
#include <vector>

#include "backends/cpu/packed_convolution.hpp"
#include "cuttranslate/model_file.hpp"
#include "kernels/conv/winograd/winograd.hpp"

namespace cut::cpu {

// Where bf16 is: its noise in the layers around the blocks is not evened out by what they add to. Where it is
// not are split numbers, or fp32 without AMX.
enum class Bf16 { everywhere, inBlocks };

// Which kernels are taken where there is a choice.
struct ResnetKernels {
  Bf16 bf16 = Bf16::everywhere;
  bool amx = haveAmx();  // for split, bf16 and int8; without it the latter two are Winograd's
};

struct ResnetWeights {
  // split only with AMX; int8 only of a model with ranges, and in the layers that have some; the
  // others have bf16 where that is faster than fp32, or fp32.
  ResnetWeights(const ModelFile& model, Products wanted, ParallelFor parallelFor,
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
