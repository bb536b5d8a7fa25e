// SPDX-License-Identifier: MIT
// 3x3 convolutions with stride 1 and their gradients by our CPU kernels, for training: Winograd's F(6x6, 3x3)
// in fp32, where ATen's convolutions are direct.
#pragma once

#include <ATen/core/Tensor.h>

#include "kernels/conv/winograd/winograd.hpp"

namespace cut::nets {

// Whether winogradConvolution supports these: x on the CPU in fp32 (or bf16 from autocast, which is
// converted), weight (outputs, inputs, 3, 3) with outputs and inputs multiples of 16, and
// fusedOperationsEnabled().
bool winogradSupports(const at::Tensor& x, const at::Tensor& weight);

// (N, C, H, W) to (N, outputs, H, W), channels-last. bias (outputs) may be undefined. The data gradient is a
// convolution with flipped and transposed kernels; the weight gradient is winogradGradient().
at::Tensor winogradConvolution(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                               cpu::Padding padding);

}  // namespace cut::nets
