// SPDX-License-Identifier: MIT
#include "trainer/loop/previews.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "trainer/loop/run_data.hpp"
#include "trainer/methods/moving_average.hpp"

namespace cut::trainer {
namespace {

// The first image of (N, C, H, W) in [-1, 1], as RGB (one channel thrice): round((clamp(x, -1, 1) + 1) *
// 127.5).
Picture toPicture(const at::Tensor& images) {
  at::Tensor image = images[0].detach().to(at::kCPU, at::kFloat);
  if (image.size(0) == 1) image = image.expand({3, -1, -1});
  const at::Tensor bytes =
      ((image.slice(0, 0, 3).clamp(-1, 1) + 1) * 127.5).round().to(at::kByte).permute({1, 2, 0}).contiguous();
  Picture picture(bytes.size(1), bytes.size(0), 3);
  std::copy_n(bytes.const_data_ptr<std::uint8_t>(), picture.pixels.size(), picture.pixels.begin());
  return picture;
}

}  // namespace

Previews::Previews(const PairSource& dataset, int count, c10::Device device) {
  const std::int64_t rows = std::min<std::int64_t>(count, dataset.size());
  for (std::int64_t i = 0; i < rows; ++i) {
    const Pair pair = dataset.get(/*epoch=*/1, i);
    rows_.push_back({std::filesystem::path(pair.nameA).filename().string(), toTensor(pair.a, device),
                     toTensor(pair.b, device)});
  }
}

std::vector<PictureRow> Previews::rows(Method& method, const StateDict& average) const {
  const EmaScope ema(method.generator(), average);
  const at::NoGradGuard noGrad;
  std::vector<PictureRow> rows;
  for (const Row& row : rows_) {
    PictureRow pictures{row.name, {}};
    for (const auto& [label, image] : method.preview(row.a, row.b))
      pictures.pictures.emplace_back(label, toPicture(image));
    rows.push_back(std::move(pictures));
  }
  return rows;
}

}  // namespace cut::trainer
