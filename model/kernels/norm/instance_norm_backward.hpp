// The gradient of instance normalisation with its ReLU, for training: channels-last fp32.
#pragma once

#include <cstdint>

#include "kernels/norm/instance_norm.hpp"

namespace cut::cpu {

// Doubles of working memory that the gradient takes.
std::int64_t instanceNormBackwardScratch(const InstanceNormShape& shape) noexcept;

// With g the gradient dy where the ReLU let x pass, z the normalised x, and means over an image's pixels:
//   dx = invStd * (g - mean(g) - z * mean(g * z))
// x, dy, dx: (batch, pixels, channels), dense; mean and invStd as instanceNormStatistics gives
// them. dx may be dy. The result does not depend on the number of threads.
void instanceNormBackward(const float* x, const float* dy, float* dx, const InstanceNormShape& shape,
                          const float* mean, const float* invStd, Activation activation, double* scratch,
                          ParallelFor parallelFor) noexcept;

}  // namespace cut::cpu
