// Instance normalisation of channels-last fp32 activations, fused with ReLU or with a residual sum.
//
// The statistics are those of Ulyanov et al. 2016 (https://arxiv.org/abs/1607.08022): per image and channel,
// biased variance. They are gathered in slices whose number depends on the shape alone, and merged in a fixed
// order, so a result does not depend on the number of threads.
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

// Doubles of working memory that the statistics take.
std::int64_t instanceNormScratch(const InstanceNormShape& shape) noexcept;

// mean and invStd, 1 / sqrt(variance + eps), are (batch, channels). As exact as a two-pass sum in
// fp32: values far from zero (mean 1000, deviation 1) lose nothing but what fp32 cannot hold.
void instanceNormStatistics(const float* x, const InstanceNormShape& shape, float eps, float* mean,
                            float* invStd, double* scratch, ParallelFor parallelFor) noexcept;

// y = activation((x - mean) * invStd) + residual, without the sum where residual is null. y may be
// x or residual; otherwise they must not overlap.
void instanceNormApply(const float* x, const float* residual, float* y, const InstanceNormShape& shape,
                       const float* mean, const float* invStd, Activation activation,
                       ParallelFor parallelFor) noexcept;

// Doubles of working memory that instanceNorm takes: more than the statistics alone.
std::int64_t instanceNormWorkspace(const InstanceNormShape& shape) noexcept;

// Both steps, with mean and invStd kept in the workspace.
void instanceNorm(const float* x, const float* residual, float* y, const InstanceNormShape& shape, float eps,
                  Activation activation, double* workspace, ParallelFor parallelFor) noexcept;

}  // namespace cut::cpu
