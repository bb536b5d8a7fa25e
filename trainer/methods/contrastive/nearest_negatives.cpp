// SPDX-License-Identifier: MIT
#include "trainer/methods/contrastive/nearest_negatives.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace cut::trainer {
namespace {

constexpr std::int64_t smallestFrame = 7;

using Colour = std::array<double, 3>;
constexpr Colour yellow{1, 1, -1}, red{1, -1, -1};

// Sets a frame of one pixel, clipped to the image. A grey image gets the colour's green: white and black.
void drawFrame(at::Tensor& image, std::int64_t position, const NearestNegatives& nearest,
               const Colour& colour) {
  // A place along one axis: first and last pixel.
  const auto range = [](std::int64_t index, std::int64_t positions, std::int64_t pixels) {
    const std::int64_t side = std::max(smallestFrame, pixels / positions);
    const std::int64_t middle = (2 * index + 1) * pixels / (2 * positions);
    return std::pair(std::clamp<std::int64_t>(middle - side / 2, 0, pixels - 1),
                     std::clamp<std::int64_t>(middle + side / 2, 0, pixels - 1));
  };
  const auto [top, bottom] = range(position / nearest.width, nearest.height, image.size(2));
  const auto [left, right] = range(position % nearest.width, nearest.width, image.size(3));
  const at::Tensor box = image.slice(2, top, bottom + 1).slice(3, left, right + 1);
  for (std::int64_t channel = 0; channel < box.size(1); ++channel) {
    const double value = box.size(1) == 3 ? colour[static_cast<std::size_t>(channel)] : colour[1];
    const at::Tensor plane = box.select(1, channel);
    for (const std::int64_t dim : {1, 2}) {
      plane.select(dim, 0).fill_(value);
      plane.select(dim, plane.size(dim) - 1).fill_(value);
    }
  }
}

}  // namespace

at::Tensor nearestPositions(const at::Tensor& query, const at::Tensor& keys, const at::Tensor& ids,
                            std::int64_t own, std::int64_t count) {
  const at::Tensor others = ids.ne(own).nonzero().squeeze(1);
  const at::Tensor similarities = at::mm(keys.index_select(0, others), query.t()).squeeze(1);
  const at::Tensor order =
      std::get<1>(at::sort(similarities, /*stable=*/true, /*dim=*/0, /*descending=*/true)).slice(0, 0, count);
  return ids.index_select(0, others.index_select(0, order));
}

at::Tensor framed(const at::Tensor& image, const NearestNegatives& nearest) {
  at::Tensor picture = image.clone();
  const at::Tensor negatives = nearest.negatives.to(at::kCPU);
  for (std::int64_t i = 0; i < negatives.size(0); ++i)
    drawFrame(picture, negatives[i].item<std::int64_t>(), nearest, red);
  drawFrame(picture, nearest.query, nearest, yellow);
  return picture;
}

}  // namespace cut::trainer
