// SPDX-License-Identifier: MIT
#include "trainer/methods/contrastive/nearest_negatives.hpp"

#include <ATen/ATen.h>

#include <algorithm>

namespace cut::trainer {
namespace {

constexpr std::int64_t smallestFrame = 7;

// Sets a frame of one pixel, clipped to the image, to `value`.
void drawFrame(at::Tensor& image, std::int64_t position, const NearestNegatives& nearest, double value) {
  // A place along one axis: first and last pixel.
  const auto range = [](std::int64_t index, std::int64_t positions, std::int64_t pixels) {
    const std::int64_t side = std::max(smallestFrame, pixels / positions);
    const std::int64_t middle = (2 * index + 1) * pixels / (2 * positions);
    return std::pair(std::clamp<std::int64_t>(middle - side / 2, 0, pixels - 1),
                     std::clamp<std::int64_t>(middle + side / 2, 0, pixels - 1));
  };
  const auto [top, bottom] = range(position / nearest.width, nearest.height, image.size(2));
  const auto [left, right] = range(position % nearest.width, nearest.width, image.size(3));
  at::Tensor box = image.slice(2, top, bottom + 1).slice(3, left, right + 1);
  for (const std::int64_t dim : {2, 3}) {
    box.select(dim, 0).fill_(value);
    box.select(dim, box.size(dim) - 1).fill_(value);
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
    drawFrame(picture, negatives[i].item<std::int64_t>(), nearest, -1);
  drawFrame(picture, nearest.query, nearest, 1);
  return picture;
}

}  // namespace cut::trainer
