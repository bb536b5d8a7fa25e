// SPDX-License-Identifier: MIT
#include "backends/cpu/stylegan_plan.hpp"

#include <algorithm>
#include <numbers>

#include "arch/generator_layers.hpp"
#include "kernels/conv/direct/image_layer.hpp"
#include "kernels/image/style_blur.hpp"

namespace cut::cpu {
namespace {

constexpr float slope = 0.2F;
constexpr std::int64_t tileSide = 6;

// Tiles of the halved map in a band, for each thread: a few blocks of Winograd's, so that threads end
// together.
constexpr std::int64_t tilesPerThread = 64;

WinogradShape shapeOf(const MapShape& out, const PackedConvolution& layer) {
  return {.height = out.height, .width = out.width, .inChannels = layer.inputs, .outChannels = layer.outputs};
}

std::int64_t tilesOf(std::int64_t side) {
  return (side + tileSide - 1) / tileSide;
}

}  // namespace

StyleGanPlan::StyleGanPlan(const StyleGanWeights& weights, Size size, ThreadPool& pool)
    : weights_(weights), pool_(pool), size_(size) {
  layOutBands();
  layOutWorkspace();
}

MapShape StyleGanPlan::map(int level) const noexcept {
  return {size_.height >> level, size_.width >> level,
          paddedChannels(styleGanChannels(weights_.spec, level))};
}

void StyleGanPlan::layOutBands() {
  bands_.resize(static_cast<std::size_t>(weights_.spec.downs));
  for (int level = 0; level < weights_.spec.downs; ++level) {
    auto& bands = bands_[static_cast<std::size_t>(level)];
    const std::int64_t count = tilesOf(map(level + 1).height);
    for (std::int64_t tile = 0; tile < count; tile = bands.back().halvedTiles.end)
      bands.push_back(bandFrom(level, tile));
  }
}

// With rows of tiles from t to e of the halved map: their strided convolution sees the rows from 12 t - 2 to
// 12 e + 2 of the one before it, which are rows of tiles up to 2 e + 1; the skip connection sees the rows
// from 12 t - 1 to 12 e + 1 of the map.
StyleGanPlan::Band StyleGanPlan::bandFrom(int level, std::int64_t firstTileRow) const noexcept {
  const MapShape wide = map(level), halved = map(level + 1);
  const std::int64_t tilesX = tilesOf(halved.width), wideTiles = tilesOf(wide.height);
  const std::int64_t most = (pool_.threads() * tilesPerThread + tilesX - 1) / tilesX;
  const auto tilesBefore = [&](std::int64_t tile) {  // of the first convolution, in bands that end there
    return tile == 0 ? 0 : std::min(2 * tile + 1, wideTiles);
  };
  const auto rowsOf = [](std::int64_t tiles, const MapShape& map) {
    return std::min(tiles * tileSide, map.height);
  };
  Band band{};
  band.halvedTiles = {firstTileRow, std::min(firstTileRow + most, tilesOf(halved.height))};
  band.halved = {rowsOf(band.halvedTiles.begin, halved), rowsOf(band.halvedTiles.end, halved)};
  band.tiles = {tilesBefore(band.halvedTiles.begin), tilesBefore(band.halvedTiles.end)};
  band.kept = {std::max<std::int64_t>(2 * band.halved.begin - 2, 0), rowsOf(band.tiles.begin, wide)};
  band.inputs = {std::max<std::int64_t>(2 * band.halved.begin - 1, 0),
                 std::min(band.tiles.end * tileSide + 1, wide.height)};
  return band;
}

void StyleGanPlan::layOutWorkspace() {
  const int downs = weights_.spec.downs;
  const MapShape innermost = map(downs);
  std::int64_t maps[2] = {innermost.floats(), innermost.floats()};  // one for what is inside of a block
  std::int64_t first = 0, wide = 0, blurred = 0, noise = 0, scratch = 0;
  const auto require = [&](const MapShape& out, const PackedConvolution& layer, std::int64_t rows) {
    WinogradShape shape = shapeOf(out, layer);
    shape.band.tileRows = rows;
    scratch = std::max(scratch, winogradScratch(shape, pool_.threads()));
  };
  for (int level = 0; level < downs; ++level) {
    const MapShape from = map(level), halved = map(level + 1);
    const auto& down = weights_.down[static_cast<std::size_t>(level)];
    const auto& up = weights_.up[static_cast<std::size_t>(downs - 1 - level)];
    maps[level % 2] = std::max(maps[level % 2], halved.floats());
    for (const Band& band : bands_[static_cast<std::size_t>(level)]) {
      const std::int64_t row = from.width * from.channels;
      if (level == 0) first = std::max(first, band.inputs.count() * row);
      const std::int64_t convolved = std::min(band.tiles.end * tileSide, from.height) - band.kept.begin;
      wide = std::max(wide, std::max(convolved, 2 * band.halved.count()) * row);
      blurred = std::max(blurred, band.halved.count() * halved.width * from.channels);
      noise = std::max(noise, 2 * band.halved.count() * from.width);
      require(from, down.convolution, band.tiles.count());
      require(halved, down.strided, band.halvedTiles.count());
      require(halved, up.convolution, band.halvedTiles.count());
    }
  }
  for (const PackedConvolution& layer : weights_.blocks) require(innermost, layer, 0);
  at_.input = layout_.take(std::int64_t{size_.height} * size_.width * weights_.spec.inputChannels);
  at_.maps[0] = layout_.take(maps[0]);
  at_.maps[1] = layout_.take(maps[1]);
  at_.first = layout_.take(first);
  at_.band = layout_.take(wide);
  at_.blurred = layout_.take(blurred);
  at_.noise = layout_.take(noise);
  at_.scratch = layout_.take(scratch);
  at_.output = layout_.take(std::int64_t{size_.height} * size_.width * weights_.spec.outputChannels);
}

MutableFloatImage StyleGanPlan::input(float* workspace) const noexcept {
  const std::int64_t channels = weights_.spec.inputChannels;
  return {workspace + at_.input, 1, size_.width * channels, channels};
}

FloatImage StyleGanPlan::output(const float* workspace) const noexcept {
  const std::int64_t channels = weights_.spec.outputChannels;
  return {workspace + at_.output, 1, size_.width * channels, channels};
}

void StyleGanPlan::run(float* workspace) noexcept {
  base_ = workspace;
  const int downs = weights_.spec.downs;
  for (int level = 0; level < downs; ++level) down(level);
  for (std::size_t i = 0; i < weights_.blocks.size(); i += 2) block(i);
  for (int level = downs - 1; level >= 0; --level) up(level);
}

void StyleGanPlan::convolve(const float* x, const PackedConvolution& layer, float* y,
                            const WinogradShape& shape, const Epilogue& epilogue) noexcept {
  winograd(x, {}, layer.weights.get(), layer.bias.data(), y, shape, nullptr, base_ + at_.scratch,
           pool_.threads(), pool_, epilogue);
}

void StyleGanPlan::firstLayer(const Rows& rows) noexcept {
  const MapShape out = map(0);
  DirectShape shape = weights_.first.direct();
  shape.outHeight = rows.count();
  shape.outWidth = out.width;
  shape.inRow = out.width * shape.inChannels;
  shape.outRow = out.width * out.channels;
  shape.outPixel = out.channels;
  shape.slope = slope;
  directConvolution(base_ + at_.input + rows.begin * shape.inRow, weights_.first.weights.get(),
                    weights_.first.bias.data(), base_ + at_.first, shape, pool_);
}

// From the map of this level to the next one.
void StyleGanPlan::down(int level) noexcept {
  const auto& layers = weights_.down[static_cast<std::size_t>(level)];
  const MapShape from = map(level), to = map(level + 1);
  std::int64_t origin = 0;  // the row with which the band of the first convolution begins
  for (const Band& band : bands_[static_cast<std::size_t>(level)]) {
    if (level == 0) firstLayer(band.inputs);
    const float* x = base_ + (level == 0 ? at_.first : mapAt(level));
    const std::int64_t xRow = level == 0 ? band.inputs.begin : 0;
    keepRows(level, band, origin);
    origin = band.kept.begin;
    WinogradShape shape = shapeOf(from, layers.convolution);
    shape.band = {band.tiles.begin, band.tiles.count(), xRow, origin};
    if (band.tiles.count() > 0) convolve(x, layers.convolution, base_ + at_.band, shape, {.slope = slope});
    skip(level, x, xRow, band);
    shape = shapeOf(to, layers.strided);
    shape.spaceToDepth = true;
    shape.band = {band.halvedTiles.begin, band.halvedTiles.count(), origin, 0};
    convolve(base_ + at_.band, layers.strided, base_ + mapAt(level + 1), shape, {.slope = slope, .beta = 1});
  }
}

// Moves the rows that are needed again to the beginning of the band, which began with the row `origin`.
void StyleGanPlan::keepRows(int level, const Band& band, std::int64_t origin) noexcept {
  const MapShape shape = map(level);
  const std::int64_t row = shape.width * shape.channels;
  float* to = base_ + at_.band;
  const float* from = to + (band.kept.begin - origin) * row;
  pool_(from == to ? 0 : band.kept.count(), [&](std::int64_t begin, std::int64_t end) {
    std::copy(from + begin * row, from + end * row, to + begin * row);
  });
}

void StyleGanPlan::skip(int level, const float* x, std::int64_t xRow, const Band& band) noexcept {
  const PackedConvolution& layer = weights_.down[static_cast<std::size_t>(level)].skip;
  const MapShape to = map(level + 1);
  styleBlurHalve(x, base_ + at_.blurred, map(level), {band.halved.begin, band.halved.count(), xRow}, pool_);
  DirectShape shape = layer.direct();
  shape.outHeight = band.halved.count();
  shape.outWidth = to.width;
  shape.inRow = to.width * shape.inChannels;
  shape.outRow = to.width * to.channels;
  shape.outPixel = to.channels;
  directConvolution(base_ + at_.blurred, layer.weights.get(), layer.bias.data(),
                    base_ + mapAt(level + 1) + band.halved.begin * shape.outRow, shape, pool_);
}

void StyleGanPlan::block(std::size_t index) noexcept {
  const int level = weights_.spec.downs;
  const PackedConvolution &first = weights_.blocks[index], &second = weights_.blocks[index + 1];
  float* x = base_ + mapAt(level);
  float* inner = base_ + mapAt(level + 1);
  convolve(x, first, inner, shapeOf(map(level), first), {.slope = slope});
  convolve(inner, second, x, shapeOf(map(level), second),
           {.slope = slope, .beta = 1 / std::numbers::sqrt2_v<float>});
}

// From the map of the next level to that of this one, or to the image.
void StyleGanPlan::up(int level) noexcept {
  const auto& layer = weights_.up[static_cast<std::size_t>(weights_.spec.downs - 1 - level)];
  const MapShape to = map(level);
  Epilogue epilogue{.slope = slope};
  if (layer.noiseWeight != 0) epilogue.noise = base_ + at_.noise;
  epilogue.noiseWeight = layer.noiseWeight;
  WinogradShape shape = shapeOf(map(level + 1), layer.convolution);
  shape.depthToSpace = true;
  for (const Band& band : bands_[static_cast<std::size_t>(level)]) {
    const Rows rows{2 * band.halved.begin, 2 * band.halved.end};
    if (epilogue.noise) fillNoise(level, rows);
    float* y = base_ + (level == 0 ? at_.band : mapAt(level) + rows.begin * to.width * to.channels);
    shape.band = {band.halvedTiles.begin, band.halvedTiles.count(), 0, rows.begin};
    convolve(base_ + mapAt(level + 1), layer.convolution, y, shape, epilogue);
    if (level == 0) lastLayer(rows);
  }
}

void StyleGanPlan::fillNoise(int level, const Rows& rows) noexcept {
  const std::int64_t width = map(level).width;
  float* to = base_ + at_.noise;
  pool_(rows.count(), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row)
      fillStyleNoiseRow(weights_.noise, weights_.spec.downs - 1 - level, rows.begin + row, width,
                        to + row * width);
  });
}

void StyleGanPlan::lastLayer(const Rows& rows) noexcept {
  const MapShape in = map(0);
  const std::int64_t outputs = weights_.spec.outputChannels;
  imageLayer(base_ + at_.band, weights_.last.data(), weights_.lastBias.data(),
             base_ + at_.output + rows.begin * in.width * outputs,
             {rows.count() * in.width, in.channels, outputs, slope}, pool_);
}

}  // namespace cut::cpu
