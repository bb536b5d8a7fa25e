// SPDX-License-Identifier: MIT
#include "trainer/methods/diff_augment.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <vector>

namespace cut::trainer {
namespace {

at::Tensor uniform(std::int64_t count, double low, double high, at::Generator& random) {
  return at::rand({count}, random, at::TensorOptions(at::kFloat)) * (high - low) + low;
}

// In [low, high].
at::Tensor whole(std::int64_t count, std::int64_t low, std::int64_t high, at::Generator& random) {
  return at::randint(low, high + 1, {count}, random, at::TensorOptions(at::kLong));
}

// An image's number where its pixels are: (N, 1, 1, 1).
at::Tensor perImage(const at::Tensor& numbers, const at::Tensor& images) {
  return numbers.to(images.device(), images.scalar_type()).view({-1, 1, 1, 1});
}

// Scales the distance from the mean.
at::Tensor spreadFrom(const at::Tensor& mean, const at::Tensor& images, const at::Tensor& factors) {
  return (images - mean) * perImage(factors, images) + mean;
}

at::Tensor coloured(const at::Tensor& images, at::Generator& random) {
  const std::int64_t count = images.size(0);
  ColourDraws draws;  // one after the other, in the order of the paper's program
  draws.brightness = uniform(count, -0.5, 0.5, random);
  draws.saturation = uniform(count, 0, 2, random);
  draws.contrast = uniform(count, 0.5, 1.5, random);
  return withColour(images, draws);
}

at::Tensor shifted(const at::Tensor& images, at::Generator& random) {
  const auto draw = [&](std::int64_t side) {
    const std::int64_t most = (side + 4) / 8;
    return whole(images.size(0), -most, most, random);
  };
  Shifts shifts;
  shifts.down = draw(images.size(2));
  shifts.right = draw(images.size(3));
  return translated(images, shifts);
}

std::int64_t cutoutSide(std::int64_t side) {
  return (side + 1) / 2;
}

at::Tensor withHole(const at::Tensor& images, at::Generator& random) {
  // A rectangle of an even side lies between pixels and has one place more.
  const auto draw = [&](std::int64_t side) {
    const std::int64_t last = cutoutSide(side) % 2 == 0 ? side : side - 1;
    return whole(images.size(0), 0, last, random);
  };
  CutoutCentres centres;
  centres.row = draw(images.size(2));
  centres.column = draw(images.size(3));
  return withCutout(images, centres);
}

}  // namespace

at::Tensor withColour(const at::Tensor& images, const ColourDraws& draws) {
  const at::Tensor bright = images + perImage(draws.brightness, images);
  const at::Tensor saturated = spreadFrom(bright.mean({1}, /*keepdim=*/true), bright, draws.saturation);
  return spreadFrom(saturated.mean({1, 2, 3}, /*keepdim=*/true), saturated, draws.contrast);
}

at::Tensor translated(const at::Tensor& images, const Shifts& shifts) {
  std::vector<at::Tensor> moved;
  for (std::int64_t i = 0; i < images.size(0); ++i) {
    const std::int64_t down = shifts.down[i].item<std::int64_t>();
    const std::int64_t right = shifts.right[i].item<std::int64_t>();
    // Negative padding cuts off what leaves the image.
    moved.push_back(at::constant_pad_nd(images.slice(0, i, i + 1), {right, -right, down, -down}));
  }
  return at::cat(moved);
}

at::Tensor withCutout(const at::Tensor& images, const CutoutCentres& centres) {
  const std::int64_t count = images.size(0), height = images.size(2), width = images.size(3);
  const at::Tensor mask = at::ones({count, 1, height, width}, at::TensorOptions(images.scalar_type()));
  const auto part = [](const at::Tensor& image, std::int64_t dim, std::int64_t centre) {
    const std::int64_t side = cutoutSide(image.size(dim)), from = centre - side / 2;
    return image.slice(dim, std::max<std::int64_t>(from, 0), std::min(from + side, image.size(dim)));
  };
  for (std::int64_t i = 0; i < count; ++i)
    part(part(mask[i], 1, centres.row[i].item<std::int64_t>()), 2, centres.column[i].item<std::int64_t>())
        .zero_();
  return images * mask.to(images.device());
}

at::Tensor diffAugment(const at::Tensor& images, const AugmentationPolicy& policy, at::Generator& random) {
  at::Tensor result = images;
  for (const Augmentation each : policy) {
    switch (each) {
      case Augmentation::color:
        result = coloured(result, random);
        break;
      case Augmentation::translation:
        result = shifted(result, random);
        break;
      case Augmentation::cutout:
        result = withHole(result, random);
        break;
    }
  }
  return result;
}

}  // namespace cut::trainer
