// SPDX-License-Identifier: MIT
// The packed weights of StyleGAN2 generators.
#pragma once

#include <vector>

#include "arch/style_noise.hpp"
#include "backends/cpu/packed_convolution.hpp"
#include "cuttranslate/model_file.hpp"

namespace cut::cpu {

// The biased activation sqrt(2) * leakyReLU(x + bias) is positively homogeneous: its gain is folded into
// weights and bias, and so is the 1 / sqrt(2) of a residual block.
struct StyleGanWeights {
  StyleGanWeights(const ModelFile& model, ParallelFor parallelFor);

  // A residual block that halves the sides: skip(blur(x)) + leakyReLU(strided(leakyReLU(convolution(x)))).
  struct Down {
    PackedConvolution convolution;  // Winograd
    PackedConvolution strided;      // blur and 3x3 with stride 2 as one 6x6: Winograd, spaceToDepth
    PackedConvolution skip;         // direct, 1x1
  };
  // Transposed 3x3 with stride 2 and blur as one 6x6: Winograd, depthToSpace.
  struct Up {
    PackedConvolution convolution;
    float noiseWeight = 0;  // 0: no noise
  };

  GeneratorSpec spec;
  PackedConvolution first;  // direct, 1x1, input channels not padded
  std::vector<Down> down;
  std::vector<PackedConvolution> blocks;  // Winograd, two for each block that keeps the sides
  std::vector<Up> up;                     // in the order of the forward pass
  std::vector<float> last, lastBias;      // for imageLayer()
  StyleNoise noise;
};

}  // namespace cut::cpu
