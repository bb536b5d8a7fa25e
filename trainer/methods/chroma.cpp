// SPDX-License-Identifier: MIT
#include "trainer/methods/chroma.hpp"

#include <ATen/ATen.h>

namespace cut::trainer {
namespace {

at::Tensor luma(const at::Tensor& images) {
  const at::Tensor weights = at::tensor({0.299, 0.587, 0.114}, images.options()).view({1, 3, 1, 1});
  return (images * weights).sum(1, /*keepdim=*/true);
}

}  // namespace

at::Tensor chroma(const at::Tensor& images) {
  return images.size(1) == 3 ? images - luma(images) : at::zeros_like(images);
}

at::Tensor withSaturation(const at::Tensor& images, double saturation) {
  return saturation == 1 ? images : images + (saturation - 1) * chroma(images);
}

at::Tensor withSubsampledChroma(const at::Tensor& images, std::int64_t size) {
  if (size == 1 || images.size(1) != 3) return images;
  const at::Tensor grey = luma(images);
  if (size == 0) return grey.expand_as(images);
  const at::Tensor blocks = at::avg_pool2d(images - grey, size, size, 0, /*ceil_mode=*/true,
                                           /*count_include_pad=*/false);
  return grey + at::upsample_bilinear2d(blocks, {images.size(2), images.size(3)}, /*align_corners=*/false);
}

}  // namespace cut::trainer
