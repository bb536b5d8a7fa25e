// The weights of a ResNet generator as the kernels read them: transformed once, shared by all sessions.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "cpu/float_memory.hpp"
#include "cpu/kernels/direct_convolution.hpp"
#include "cpu/kernels/parallel_for.hpp"
#include "cpu/kernels/winograd.hpp"
#include "cut/model_file.hpp"

namespace cut::cpu {

// One convolution for a kernel; channels are filled up to whole groups.
struct PackedConvolution {
  std::int64_t inputs = 0;
  std::int64_t outputs = 0;
  std::int64_t kernelHeight = 3;
  std::int64_t kernelWidth = 3;
  bool halfOfLast = false;  // as DirectShape has it
  FloatMemory weights{};
  std::vector<float> bias{};  // (outputs)

  DirectShape direct() const noexcept {
    return {.inChannels = inputs,
            .outChannels = outputs,
            .kernelHeight = kernelHeight,
            .kernelWidth = kernelWidth,
            .halfOfLast = halfOfLast};
  }
};

struct ResnetWeights {
  // int8 only of a model with ranges.
  ResnetWeights(const ModelFile& model, Products ofWinograd, ParallelFor parallelFor);

  GeneratorSpec spec;
  Products products;                      // of the Winograd layers
  PackedConvolution first;                // direct, inputs as they are
  std::array<PackedConvolution, 2> down;  // Winograd, or direct with stride 2
  std::vector<PackedConvolution> blocks;  // Winograd, two a block
  // Winograd; or transposed convolutions as one direct one for each of the output's four phases:
  // (even, even), (even, odd), (odd, even), (odd, odd) rows and columns.
  std::array<std::vector<PackedConvolution>, 2> up;
  PackedConvolution last;       // 7x1, the seven columns of the kernel as outputs of their own
  std::vector<float> lastBias;  // (outputChannels)
};

}  // namespace cut::cpu
