// SPDX-License-Identifier: MIT
// Instance norm (Ulyanov et al. 2016) fused with the activation and residual addition after it.
#pragma once

#include <ATen/core/Tensor.h>

#include "nets/layers.hpp"

namespace cut::nets {

// activation((x - mean) / sqrt(variance + 1e-5)) + residual, with the statistics of each (n, c) plane, biased
// variance. `residual` may be undefined. x, residual: (N, C, H, W) of one type. float32 on the CPU uses our
// kernels, with autograd or without; they give channels-last. Without autograd they overwrite x where this
// call is its only owner.
at::Tensor instanceNorm(at::Tensor x, Activation activation, const at::Tensor& residual = {});

// Arguments of a kernel: channels-last tensors of one shape and type; y may be x.
struct InstanceNormArguments {
  const at::Tensor& x;
  const at::Tensor& residual;  // or undefined
  const at::Tensor& y;
  Activation activation;
  double epsilon;
};

using InstanceNormKernel = void (*)(const InstanceNormArguments& norm);

// Sets the kernel for float32 and float16 on CUDA, where ATen's operations are used without one.
void setCudaInstanceNorm(InstanceNormKernel kernel);

}  // namespace cut::nets
