// SPDX-License-Identifier: MIT
// Reflection padding and blur pooling whose gradients save no feature map.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace cut::nets {

// Reflection padding of `pixels` on every side of x (N, C, H, W), whose sides are larger than `pixels`.
at::Tensor reflectionPad(const at::Tensor& x, std::int64_t pixels);

// Images (N, C, H, W) whose right and lower borders are reflected, repeatedly where that takes it, until
// their sides are multiples: what the engines do to a frame.
at::Tensor reflectToMultiple(at::Tensor images, std::int64_t multiple);

// The gradient of reflectionPad: the gradient of the padding is added to the pixels that it was read from,
// and cropped. Overwrites `gradient`, which is (N, C, H + 2 * pixels, W + 2 * pixels).
at::Tensor reflectionPadBackward(const at::Tensor& gradient, std::int64_t pixels);

// Blur pooling, antialiased down-sampling (Zhang 2019): the filter [1,2,1]x[1,2,1]/16 with stride 2 and
// reflection padding of one pixel. (N, C, H, W) to (N, C, (H + 1) / 2, (W + 1) / 2), sides from 2.
at::Tensor blurPool(const at::Tensor& x);

}  // namespace cut::nets
