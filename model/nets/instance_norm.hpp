// Instance norm (Ulyanov et al. 2016) fused with what follows it in a generator.
#pragma once

#include <ATen/core/Tensor.h>

#include "nets/layers.hpp"

namespace cut::nets {

// activation((x - mean) / sqrt(variance + 1e-5)) + residual, with the statistics of each (n, c) plane, biased
// variance. `residual` may be undefined. x, residual: (N, C, H, W) of one type. On the CPU float32 takes our
// own kernels, recorded by autograd or not; they give channels-last, and unrecorded write over an x that was
// moved here and that nobody else holds.
at::Tensor instanceNorm(at::Tensor x, Activation activation, const at::Tensor& residual = {});

// What a kernel is given: channels-last tensors of one shape and type; y may be x.
struct InstanceNormArguments {
  const at::Tensor& x;
  const at::Tensor& residual;  // or undefined
  const at::Tensor& y;
  Activation activation;
  double epsilon;
};

using InstanceNormKernel = void (*)(const InstanceNormArguments& norm);

// From then on the kernel for float32 and float16 on CUDA; ATen's operations serve without one.
void setCudaInstanceNorm(InstanceNormKernel kernel);

}  // namespace cut::nets
