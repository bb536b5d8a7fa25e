// SPDX-License-Identifier: MIT
// Chroma apart from luma: what the discriminator may see of it, and how it is held.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace cut::trainer {

// RGB images (N, 3, H, W) minus their luma (ITU-R BT.601): the same shape, grey is 0. Images of one channel
// have none: zeros.
at::Tensor chroma(const at::Tensor& images);

// The images with their luma as it is and their chroma times `saturation`: 0 is grey.
at::Tensor withSaturation(const at::Tensor& images, double saturation);

// The images with their luma as it is and their chroma averaged over blocks of `size` pixels, linear between
// the blocks' centres, as JPEG subsamples it. Differentiable; 1 gives the images back, 0 their luma as grey.
at::Tensor withSubsampledChroma(const at::Tensor& images, std::int64_t size);

}  // namespace cut::trainer
