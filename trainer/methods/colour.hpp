// Colour apart from brightness: what the discriminator may see of it, and how it is held.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace cut::trainer {

// What remains of RGB images (N, 3, H, W) without their luma (ITU-R BT.601): the same shape, grey is 0.
// Images of one channel have none: zeros.
at::Tensor colour(const at::Tensor& images);

// The images with their luma as it is and their colours times `gain`: 0 is grey.
at::Tensor withColourGain(const at::Tensor& images, double gain);

// The images with their luma as it is and their colours averaged over squares of `size` pixels, linear
// between the squares' centres, as a JPEG file stores them. Gradients follow; 1 gives the images back, 0
// their luma as grey.
at::Tensor withCoarseColour(const at::Tensor& images, std::int64_t size);

}  // namespace cut::trainer
