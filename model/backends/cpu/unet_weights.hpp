// The weights of a U-Net generator as the kernels read them: packed once, shared by all sessions.
#pragma once

#include <array>
#include <vector>

#include "backends/cpu/packed_convolution.hpp"
#include "cuttranslate/model_file.hpp"

namespace cut::cpu {

// By level, the outermost first: level i halves the sides for the (i + 1)th time.
struct UnetWeights {
  UnetWeights(const ModelFile& model, ParallelFor parallelFor);

  std::size_t levels() const noexcept { return down.size(); }

  GeneratorSpec spec;
  std::vector<PackedConvolution> down;  // 4x4, stride 2
  // The four phases of the transposed convolutions of levels 1 and up: (even, even), (even, odd), (odd,
  // even), (odd, odd) rows and columns, of the level's map and what the level below gave beside it.
  std::vector<std::array<PackedConvolution, 4>> up;
  PackedConvolution last;       // level 0's: its sixteen taps as outputs of their own
  std::vector<float> lastBias;  // (outputChannels)
};

}  // namespace cut::cpu
