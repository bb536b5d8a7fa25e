// SPDX-License-Identifier: MIT
// A generator's feature maps as the losses take them.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "nets/generator.hpp"
#include "trainer/methods/autocast.hpp"

namespace cut::trainer {

// Maps that autocast made bfloat16, in the type of the losses.
inline std::vector<at::Tensor> castAll(std::vector<at::Tensor> features, at::ScalarType type) {
  for (auto& feature : features) feature = feature.to(type);
  return features;
}

// The generator's maps of images (N, C, H, W) after each of `layers`, in the images' type.
inline std::vector<at::Tensor> encodedMaps(nets::Generator& generator, const at::Tensor& images,
                                           const std::vector<std::int64_t>& layers, bool autocasts) {
  const Autocast autocast(autocasts, images.device());
  return castAll(generator.encode(images, layers), images.scalar_type());
}

}  // namespace cut::trainer
