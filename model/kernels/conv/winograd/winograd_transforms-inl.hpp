// SPDX-License-Identifier: MIT
// The input and output transforms of F(6x6, 3x3) and F(4x4, 3x3), on vectors of channels. Included once per
// target, which is why its guard toggles.
#if defined(CUT_CPU_WINOGRAD_TRANSFORMS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef CUT_CPU_WINOGRAD_TRANSFORMS_INL
#undef CUT_CPU_WINOGRAD_TRANSFORMS_INL
#else
#define CUT_CPU_WINOGRAD_TRANSFORMS_INL
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <type_traits>

#include "kernels/base/simd-inl.hpp"
#include "kernels/conv/convolution.hpp"
#include "kernels/conv/winograd/winograd.hpp"
#include "kernels/conv/winograd/winograd_gemm.hpp"
#include "kernels/conv/winograd/winograd_matrices-inl.hpp"
#include "kernels/norm/partial_moments-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cut::cpu::HWY_NAMESPACE {

// Where the pixels of a map lie, in floats. Each consists of `parts` pieces of contiguous channels: one, or
// with spaceToDepth or depthToSpace the four pixels of a block.
struct StoredMap {
  static StoredMap input(const WinogradShape& shape) {
    return {shape.width, shape.inChannels, shape.spaceToDepth, shape.band.xRow};
  }
  static StoredMap output(const WinogradShape& shape) {
    return {shape.width, shape.outChannels, shape.depthToSpace, shape.band.yRow};
  }

  StoredMap(std::int64_t width, std::int64_t allChannels, bool blocks, std::int64_t firstRow)
      : parts(blocks ? 4 : 1),
        channels(allChannels / parts),
        pixel(blocks ? 2 * channels : channels),
        line(width * pixel),
        row(blocks ? 2 * line : line),
        origin(firstRow * line) {}

  std::int64_t pieceAt(std::int64_t part) const { return part / 2 * line + part % 2 * channels; }

  std::int64_t parts, channels;  // channels of a piece
  std::int64_t pixel, line, row;
  std::int64_t origin;  // of the first row that is there
};

// The offsets of a tile's inputs in the map, in floats; -1 where there is zero padding.
template <typename Transform>
struct InputTile {
  static constexpr std::int64_t side = Transform::side, span = Transform::span;

  InputTile(const WinogradShape& shape, std::int64_t tile) {
    const StoredMap map = StoredMap::input(shape);
    const std::int64_t top = (shape.band.firstTileRow + tile / shape.tilesX()) * side - 1;
    const std::int64_t left = tile % shape.tilesX() * side - 1;
    inside = top >= 0 && left >= 0 && top + span <= shape.height && left + span <= shape.width;
    for (std::int64_t i = 0; i < span; ++i) {
      const std::int64_t row = source(top + i, shape.height, shape.padding);
      const std::int64_t column = source(left + i, shape.width, shape.padding);
      rows[i] = row < 0 ? -1 : row * map.row - map.origin;
      columns[i] = column < 0 ? -1 : column * map.pixel;
    }
  }

  // The pixel under position i of a line of n. Positions beyond the padding are read only for outputs beyond
  // the map.
  static std::int64_t source(std::int64_t i, std::int64_t n, Padding padding) {
    if (i >= 0 && i < n) return i;
    if (padding == Padding::zeros || i > n || n < 2) return -1;
    return i < 0 ? 1 : n - 2;
  }

  bool inside;
  std::int64_t rows[span];
  std::int64_t columns[span];
};

// The pixels that the inputs of a tile are interpolated from, with upsample2x.
template <typename Transform>
struct UpsampledTile {
  static constexpr std::int64_t side = Transform::side, span = Transform::span, sources = span / 2 + 1;

  UpsampledTile(const WinogradShape& shape, std::int64_t tile) {
    const std::int64_t top = tile / shape.tilesX() * side - 1;
    const std::int64_t left = tile % shape.tilesX() * side - 1;
    const std::int64_t height = shape.height / 2, width = shape.width / 2;
    inside = top >= 0 && left >= 0 && top + span <= shape.height && left + span <= shape.width;
    for (std::int64_t i = 0; i < sources; ++i) {
      rows[i] = std::clamp<std::int64_t>((top - 1) / 2 + i, 0, height - 1) * width * shape.inChannels;
      columns[i] = std::clamp<std::int64_t>((left - 1) / 2 + i, 0, width - 1) * shape.inChannels;
    }
    for (std::int64_t i = 0; i < span; ++i) {
      rowThere[i] = top + i >= 0 && top + i < shape.height;
      columnThere[i] = left + i >= 0 && left + i < shape.width;
    }
  }

  bool inside;
  std::int64_t rows[sources], columns[sources];  // in floats from the map's first
  bool rowThere[span], columnThere[span];        // within the upsampled map: the others are zero padding
};

// The outputs of a tile that lie within the map.
struct OutputTile {
  OutputTile(const WinogradShape& shape, std::int64_t tile) {
    const StoredMap map = StoredMap::output(shape);
    const std::int64_t side = shape.side();
    const std::int64_t top = (shape.band.firstTileRow + tile / shape.tilesX()) * side;
    const std::int64_t left = tile % shape.tilesX() * side;
    rows = std::min<std::int64_t>(side, shape.height - top);
    columns = std::min<std::int64_t>(side, shape.width - left);
    pixel = map.pixel;
    row = map.row;
    first = top * row + left * pixel - map.origin;
  }

  std::int64_t pixels() const { return rows * columns; }

  std::int64_t rows, columns;      // 1 to the shape's side
  std::int64_t first, row, pixel;  // in floats
};

// A tile of an Epilogue's noise: first, row and pixel as in OutputTile, of a map of one channel.
struct NoiseTile {
  NoiseTile(const WinogradShape& shape, std::int64_t tile) {
    const std::int64_t scale = shape.depthToSpace ? 2 : 1;
    const std::int64_t top = (shape.band.firstTileRow + tile / shape.tilesX()) * shape.side();
    line = scale * shape.width;
    row = scale * line;
    pixel = scale;
    first = (scale * top - shape.band.yRow) * line + tile % shape.tilesX() * shape.side() * scale;
  }

  std::int64_t first, line, row, pixel;
};

// Bilinear upsampling of a line, span / 2 + 1 pixels to span: each pixel becomes two, each 3/4 of it and 1/4
// of the neighbour on its side.
template <std::int64_t span>
HWY_INLINE void upsample2xLine(const Vec x[span / 2 + 1], Vec y[span]) {
  const Vec quarter = hn::Set(Floats(), 0.25f);
  for (std::int64_t i = 0; i < span / 2; ++i) {
    const Vec part = hn::Mul(hn::Sub(x[i + 1], x[i]), quarter);
    y[2 * i] = hn::Add(x[i], part);
    y[2 * i + 1] = hn::Sub(x[i + 1], part);
  }
}

HWY_INLINE void storeAs(const Vec& value, float* out) {
  hn::Store(value, Floats(), out);
}

// Rounds to nearest even, as toBf16 does.
HWY_INLINE void storeAs(const Vec& value, std::uint16_t* out) {
  const hn::RebindToUnsigned<Floats> d;
  const hn::Rebind<std::uint16_t, Floats> half;
  const auto bits = hn::BitCast(d, value);
  const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(d, 1));
  const auto rounded = hn::Add(bits, hn::Add(odd, hn::Set(d, 0x7FFF)));
  hn::Store(hn::TruncateTo(half, hn::ShiftRight<16>(rounded)), half, out);
}

// Saturates: values beyond a layer's activation range are clipped.
HWY_INLINE void storeAs(const Vec& value, std::uint8_t* out) {
  const hn::Rebind<std::uint8_t, Floats> d;
  hn::StoreU(hn::DemoteTo(d, hn::NearestInt(value)), d, out);
}

// Stores a transformed tile: element e to out + e * stride, in int8 multiplied by scales[e].
template <typename Element>
struct TransformedTile {
  HWY_INLINE void put(const Vec& value, std::int64_t e) const {
    const Floats d;
    if constexpr (std::is_same_v<Element, std::uint8_t>)
      storeAs(hn::MulAdd(value, hn::Set(d, scales[e]), hn::Set(d, static_cast<float>(int8ZeroPoint))),
              out + e * stride);
    else
      storeAs(value, out + e * stride);
  }

  Element* out;
  std::int64_t stride;
  const float* scales = nullptr;
};

// The input transform B^T x B of one vector of channels; to.put(value, e) gets each element.
template <bool inside, typename Transform, typename Load, typename To>
HWY_INLINE void transformInput(const float* x, const InputTile<Transform>& tile, const Load& load,
                               const To& to) {
  const Floats d;
  constexpr std::int64_t span = Transform::span;
  HWY_ALIGN float columns[span][span][laneCount];  // (column, element of the column transform)
  for (std::int64_t j = 0; j < span; ++j) {
    Vec line[span];
    for (std::int64_t i = 0; i < span; ++i) {
      const bool there = inside || (tile.rows[i] >= 0 && tile.columns[j] >= 0);
      line[i] = there ? load(x + tile.rows[i] + tile.columns[j]) : hn::Zero(d);
    }
    Transform::input(line);
    for (std::int64_t i = 0; i < span; ++i) hn::Store(line[i], d, columns[j][i]);
  }
  for (std::int64_t i = 0; i < span; ++i) {
    Vec line[span];
    for (std::int64_t j = 0; j < span; ++j) line[j] = hn::Load(d, columns[j][i]);
    Transform::input(line);
    for (std::int64_t j = 0; j < span; ++j) to.put(line[j], span * i + j);
  }
}

// The same with upsample2x.
template <bool inside, typename Transform, typename Load, typename To>
HWY_INLINE void transformInput(const float* x, const UpsampledTile<Transform>& tile, const Load& load,
                               const To& to) {
  const Floats d;
  constexpr std::int64_t span = Transform::span, sources = UpsampledTile<Transform>::sources;
  HWY_ALIGN float columns[sources][span][laneCount];  // (column, element of the column transform)
  const auto upsampleAndTransform = [&](const Vec source[sources], const bool there[span], Vec line[span])
                                        HWY_ATTR {
                                          upsample2xLine<span>(source, line);
                                          if constexpr (!inside)
                                            for (std::int64_t i = 0; i < span; ++i)
                                              if (!there[i]) line[i] = hn::Zero(d);
                                          Transform::input(line);
                                        };
  for (std::int64_t j = 0; j < sources; ++j) {
    Vec source[sources], line[span];
    for (std::int64_t i = 0; i < sources; ++i) source[i] = load(x + tile.rows[i] + tile.columns[j]);
    upsampleAndTransform(source, tile.rowThere, line);
    for (std::int64_t i = 0; i < span; ++i) hn::Store(line[i], d, columns[j][i]);
  }
  for (std::int64_t i = 0; i < span; ++i) {
    Vec source[sources], line[span];
    for (std::int64_t j = 0; j < sources; ++j) source[j] = hn::Load(d, columns[j][i]);
    upsampleAndTransform(source, tile.columnThere, line);
    for (std::int64_t j = 0; j < span; ++j) to.put(line[j], span * i + j);
  }
}

template <bool nonTemporal>
HWY_INLINE void storeOutput(const Vec& value, float* to) {
  if constexpr (nonTemporal)
    hn::Stream(value, Floats(), to);
  else
    hn::StoreU(value, Floats(), to);
}

// An output stage: adds the bias and gathers the moments of a tile's outputs, which it stores where `moments`
// is not null.
class BiasAndMoments {
 public:
  HWY_INLINE BiasAndMoments(const float* bias, float* moments, std::int64_t channels)
      : offset_(hn::LoadU(Floats(), bias)), sums_(offset_), moments_(moments), channels_(channels) {}

  HWY_INLINE void begin(const Vec& sum) { sums_ = Moments(hn::Add(sum, offset_)); }
  HWY_INLINE Vec operator()(const Vec& sum, std::int64_t, std::int64_t column, const float*) {
    const Vec value = hn::Add(sum, offset_);
    sums_.add(value, column % 2);
    return value;
  }
  HWY_INLINE void end(std::int64_t pixels) const {
    if (moments_) sums_.store(pixels, moments_, moments_ + channels_);
  }

 private:
  Vec offset_;
  Moments sums_;
  float* moments_;
  std::int64_t channels_;
};

// An output stage with an epilogue. `noise` is that of the tile's first pixel.
class EpilogueStage {
 public:
  HWY_INLINE EpilogueStage(const float* bias, const Epilogue& epilogue, const float* noise,
                           const NoiseTile& tile)
      : offset_(hn::LoadU(Floats(), bias)),
        slope_(hn::Set(Floats(), epilogue.slope)),
        beta_(hn::Set(Floats(), epilogue.beta)),
        noiseWeight_(hn::Set(Floats(), epilogue.noiseWeight)),
        addsY_(epilogue.beta != 0),
        noise_(noise),
        tile_(tile) {}

  HWY_INLINE void begin(const Vec&) const {}
  HWY_INLINE Vec operator()(const Vec& sum, std::int64_t row, std::int64_t column, const float* y) const {
    const Floats d;
    Vec value = hn::Add(sum, offset_);
    if (noise_)
      value = hn::MulAdd(hn::Set(d, noise_[row * tile_.row + column * tile_.pixel]), noiseWeight_, value);
    value = hn::Max(value, hn::Mul(value, slope_));
    return addsY_ ? hn::MulAdd(hn::LoadU(d, y), beta_, value) : value;
  }
  HWY_INLINE void end(std::int64_t) const {}

 private:
  Vec offset_, slope_, beta_, noiseWeight_;
  bool addsY_;
  const float* noise_;
  const NoiseTile& tile_;
};

// The output transform A^T x A and the output stage of one vector of channels, for the pixels within the map
// (`whole`: all of them). nonTemporal requires y to be aligned to whole vectors.
template <bool whole, bool nonTemporal, typename Transform, typename Stage>
HWY_INLINE void transformOutput(const float* x, std::int64_t stride, Stage stage, const OutputTile& tile,
                                float* y) {
  const Floats d;
  constexpr std::int64_t side = Transform::side, span = Transform::span;
  HWY_ALIGN float rows[side][span][laneCount];  // (output row, element of the row transform)
  for (std::int64_t j = 0; j < span; ++j) {
    Vec line[span], out[side];
    for (std::int64_t i = 0; i < span; ++i) line[i] = hn::Load(d, x + (span * i + j) * stride);
    Transform::output(line, out);
    for (std::int64_t i = 0; i < side; ++i) hn::Store(out[i], d, rows[i][j]);
  }
  // These lines are not in the L1 or L2 cache, and stores alone keep only a few misses in flight.
  if constexpr (whole && !nonTemporal)
    for (std::int64_t i = 0; i < side; ++i)
      for (std::int64_t j = 0; j < side; ++j)
        __builtin_prefetch(y + tile.first + i * tile.row + j * tile.pixel, 1);
  for (std::int64_t i = 0; i < (whole ? side : tile.rows); ++i) {
    Vec line[span], out[side];
    for (std::int64_t j = 0; j < span; ++j) line[j] = hn::Load(d, rows[i][j]);
    Transform::output(line, out);
    if (i == 0) stage.begin(out[0]);
    float* to = y + tile.first + i * tile.row;
    for (std::int64_t j = 0; j < side; ++j) {
      if (!whole && j >= tile.columns) break;
      float* pixel = to + j * tile.pixel;
      storeOutput<nonTemporal>(stage(out[j], i, j, pixel), pixel);
    }
  }
  stage.end(tile.pixels());
}

}  // namespace cut::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
