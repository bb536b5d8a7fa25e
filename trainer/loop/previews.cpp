// SPDX-License-Identifier: MIT
#include "trainer/loop/previews.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include "trainer/loop/run_data.hpp"
#include "trainer/methods/moving_average.hpp"
#include "trainer/similarity/similarity_rows.hpp"

namespace cut::trainer {
namespace {

constexpr std::int64_t widestMap = 512;  // pixels: the page shows no larger pictures

// What PatchNCE takes for alike at the points of an image, a row for each.
std::vector<PictureRow> similarityRowsOf(const Method& method, const std::string& name,
                                         const at::Tensor& image, const std::vector<PicturePoint>& points) {
  const std::optional<EncoderView> view = method.encoderView();
  if (!view) return {};
  const SimilarityDrawing drawing{
      .query = QuerySide::output,
      .scale = SimilarityScale::exponential,
      .maps = ShownMaps::compared,
      .width = static_cast<int>(std::min<std::int64_t>(image.size(3), widestMap))};
  std::vector<PictureRow> rows;
  for (SimilarityRow& row : similarityRows(*view, image, points, drawing)) {
    PictureRow pictures{name + ", similar to " + textOf(points[rows.size()]), {}};
    pictures.pictures.emplace_back("fake B", std::move(row.query));
    pictures.pictures.emplace_back("real A", std::move(row.keys));
    for (SimilarityCell& cell : row.cells)
      pictures.pictures.emplace_back(cell.label, std::move(cell.picture));
    rows.push_back(std::move(pictures));
  }
  return rows;
}

}  // namespace

Previews::Previews(const PairSource& dataset, int count, c10::Device device,
                   std::vector<PicturePoint> similarityPoints)
    : points_(std::move(similarityPoints)) {
  const auto add = [&](const Pair& pair) {
    rows_.push_back({std::filesystem::path(pair.nameA).filename().string(), toTensor(pair.a, device),
                     toTensor(pair.b, device)});
  };
  if (const auto whole = dataset.whole()) add(*whole);
  for (std::int64_t i = 0; std::ssize(rows_) < count && i < dataset.size(); ++i)
    add(dataset.get(/*epoch=*/1, i));
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
  if (!points_.empty() && !rows_.empty())
    for (PictureRow& row : similarityRowsOf(method, rows_.front().name, rows_.front().a, points_))
      rows.push_back(std::move(row));
  return rows;
}

}  // namespace cut::trainer
