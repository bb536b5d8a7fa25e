// SPDX-License-Identifier: MIT
// Instance normalisation of channels-last fp32 activations, fused with ReLU and residual addition, and its
// gradient.
//
// The statistics are those of Ulyanov et al. 2016 (https://arxiv.org/abs/1607.08022): per image and channel,
// biased variance. Partial statistics are gathered in slices, whose number depends on the shape alone, and
// merged in a fixed order, so results do not depend on the number of threads.
#pragma once

#include <cstdint>

#include "kernels/base/parallel_for.hpp"

namespace cut::cpu {

// Activations are (batch, pixels, channels), dense; pixels is height * width.
struct InstanceNormShape {
  std::int64_t batch = 1;
  std::int64_t pixels = 0;
  std::int64_t channels = 0;
};

enum class Activation { none, relu };

// Doubles of scratch memory for the statistics.
std::int64_t instanceNormScratch(const InstanceNormShape& shape) noexcept;

// mean and invStd, 1 / sqrt(variance + eps), are (batch, channels). As accurate as a two-pass
// sum in fp32, also where the mean is large (mean 1000, standard deviation 1).
void instanceNormStatistics(const float* x, const InstanceNormShape& shape, float eps, float* mean,
                            float* invStd, double* scratch, ParallelFor parallelFor) noexcept;

// y = activation((x - mean) * invStd) + residual; residual may be null. y may be x or residual, but must not
// overlap them otherwise.
void instanceNormApply(const float* x, const float* residual, float* y, const InstanceNormShape& shape,
                       const float* mean, const float* invStd, Activation activation,
                       ParallelFor parallelFor) noexcept;

// Doubles of scratch memory for instanceNorm.
std::int64_t instanceNormWorkspace(const InstanceNormShape& shape) noexcept;

// Statistics and normalisation in one call; mean and invStd stay in the workspace.
void instanceNorm(const float* x, const float* residual, float* y, const InstanceNormShape& shape, float eps,
                  Activation activation, double* workspace, ParallelFor parallelFor) noexcept;

// Doubles of scratch memory for the gradient.
std::int64_t instanceNormBackwardScratch(const InstanceNormShape& shape) noexcept;

// The gradient, for training. With g = dy masked by the ReLU, z the normalised x, and means over an image's
// pixels:
//   dx = invStd * (g - mean(g) - z * mean(g * z))
// x, dy and dx are (batch, pixels, channels), dense; mean and invStd are those of instanceNormStatistics. dx
// may be dy. The result does not depend on the number of threads.
void instanceNormBackward(const float* x, const float* dy, float* dx, const InstanceNormShape& shape,
                          const float* mean, const float* invStd, Activation activation, double* scratch,
                          ParallelFor parallelFor) noexcept;

}  // namespace cut::cpu
