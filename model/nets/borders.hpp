// Reflected borders and blurred down-sampling, with gradients that keep no map alive.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace cut::nets {

// x (N, C, H, W) with reflection padding of `pixels` on every side. Sides are
// larger than `pixels`.
at::Tensor reflect(const at::Tensor& x, std::int64_t pixels);

// The gradient of reflect: what its border got is added to where it was read, and cut off. Overwrites
// `gradient`, which is (N, C, H + 2 * pixels, W + 2 * pixels).
at::Tensor foldReflection(const at::Tensor& gradient, std::int64_t pixels);

// Blur [1,2,1]x[1,2,1]/16 with stride 2 after reflecting one pixel (Zhang 2019): (N, C, H, W) to
// (N, C, (H + 1) / 2, (W + 1) / 2), sides from 2.
at::Tensor blurPool(const at::Tensor& x);

}  // namespace cut::nets
