// SPDX-License-Identifier: MIT
#include "trainer/similarity/encoder_similarity.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

namespace cut::trainer {
namespace {

constexpr std::int64_t cellsAtOnce = 1 << 16;

// The maps of an image at the view's layers, channels-last, so that the sampler need not copy them, without
// the border that a padding layer adds.
std::vector<at::Tensor> encoded(const EncoderView& view, const at::Tensor& image) {
  std::vector<at::Tensor> maps = view.generator->encode(image, view.layers);
  for (at::Tensor& map : maps) {
    const std::int64_t border = std::max<std::int64_t>(0, (map.size(3) - image.size(3)) / 2);
    map = map.slice(2, border, map.size(2) - border)
              .slice(3, border, map.size(3) - border)
              .contiguous(at::MemoryFormat::ChannelsLast);
  }
  return maps;
}

nets::PatchIds idsAt(const std::vector<at::Tensor>& maps, std::span<const PicturePoint> points) {
  nets::PatchIds ids;
  for (const at::Tensor& map : maps) {
    std::vector<std::int64_t> cells;
    for (const PicturePoint& point : points)
      cells.push_back(cellAt(point.y, map.size(2)) * map.size(3) + cellAt(point.x, map.size(3)));
    ids.push_back(at::tensor(cells, at::kLong).to(map.device()));
  }
  return ids;
}

// Cells [begin, begin + cellsAtOnce) of each map, as far as it has them.
nets::PatchIds idsFrom(const std::vector<at::Tensor>& maps, std::int64_t begin) {
  nets::PatchIds ids;
  for (const at::Tensor& map : maps) {
    const std::int64_t cells = map.size(2) * map.size(3);
    ids.push_back(at::arange(std::min(begin, cells), std::min(begin + cellsAtOnce, cells),
                             at::TensorOptions(at::kLong).device(map.device())));
  }
  return ids;
}

// (points, H, W) for each map: the features of the query's points times those of all cells.
std::vector<at::Tensor> products(nets::PatchSampler& sampler, const std::vector<at::Tensor>& queries,
                                 const std::vector<at::Tensor>& maps) {
  std::vector<std::vector<at::Tensor>> parts(maps.size());
  std::int64_t most = 0;
  for (const at::Tensor& map : maps) most = std::max(most, map.size(2) * map.size(3));
  for (std::int64_t begin = 0; begin < most; begin += cellsAtOnce) {
    const nets::PatchSamples keys = sampler.sampleAt(maps, idsFrom(maps, begin));
    for (std::size_t i = 0; i < maps.size(); ++i)
      parts[i].push_back(at::mm(queries[i], keys.features[i].t()).to(at::kCPU, at::kFloat));
  }
  std::vector<at::Tensor> all;
  for (std::size_t i = 0; i < maps.size(); ++i)
    all.push_back(at::cat(parts[i], 1).view({queries[i].size(0), maps[i].size(2), maps[i].size(3)}));
  return all;
}

}  // namespace

std::int64_t cellAt(double part, std::int64_t size) {
  return std::clamp<std::int64_t>(static_cast<std::int64_t>(std::floor(part * static_cast<double>(size))), 0,
                                  size - 1);
}

std::vector<LayerSimilarity> encoderSimilarity(const EncoderView& view, const at::Tensor& query,
                                               const at::Tensor& keys, std::span<const PicturePoint> points) {
  const at::NoGradGuard noGrad;
  nets::PatchSampler plain({}, 0, /*heads=*/false);
  std::vector<nets::PatchSampler*> samplers{&plain};
  if (view.heads != nullptr) samplers.push_back(view.heads);

  std::vector<std::vector<at::Tensor>> queries;  // of each sampler
  {
    const std::vector<at::Tensor> maps = encoded(view, query);
    for (nets::PatchSampler* sampler : samplers)
      queries.push_back(sampler->sampleAt(maps, idsAt(maps, points)).features);
  }
  const std::vector<at::Tensor> maps = encoded(view, keys);
  std::vector<LayerSimilarity> all;
  for (std::size_t i = 0; i < samplers.size(); ++i) {
    const std::vector<at::Tensor> values = products(*samplers[i], queries[i], maps);
    for (std::size_t layer = 0; layer < values.size(); ++layer)
      all.push_back({view.layers[layer], samplers[i] != &plain, values[layer]});
  }
  return all;
}

}  // namespace cut::trainer
