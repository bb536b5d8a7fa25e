#include "trainer/methods/colour.hpp"

#include <ATen/ATen.h>

namespace cut::trainer {
namespace {

at::Tensor luma(const at::Tensor& images) {
  const at::Tensor shares = at::tensor({0.299, 0.587, 0.114}, images.options()).view({1, 3, 1, 1});
  return (images * shares).sum(1, /*keepdim=*/true);
}

}  // namespace

at::Tensor colour(const at::Tensor& images) {
  return images.size(1) == 3 ? images - luma(images) : at::zeros_like(images);
}

at::Tensor withColourGain(const at::Tensor& images, double gain) {
  return gain == 1 ? images : images + (gain - 1) * colour(images);
}

at::Tensor withCoarseColour(const at::Tensor& images, std::int64_t size) {
  if (size == 1 || images.size(1) != 3) return images;
  const at::Tensor brightness = luma(images);
  if (size == 0) return brightness.expand_as(images);
  const at::Tensor squares = at::avg_pool2d(images - brightness, size, size, 0, /*ceil_mode=*/true,
                                            /*count_include_pad=*/false);
  return brightness +
         at::upsample_bilinear2d(squares, {images.size(2), images.size(3)}, /*align_corners=*/false);
}

}  // namespace cut::trainer
