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

// The offsets of a tile's inputs in the map, in floats; -1 where there is zero padding.
template <typename Transform>
struct InputTile {
  static constexpr std::int64_t side = Transform::side, span = Transform::span;

  InputTile(const WinogradShape& shape, std::int64_t tile) {
    const std::int64_t top = tile / shape.tilesX() * side - 1;
    const std::int64_t left = tile % shape.tilesX() * side - 1;
    inside = top >= 0 && left >= 0 && top + span <= shape.height && left + span <= shape.width;
    for (std::int64_t i = 0; i < span; ++i) {
      const std::int64_t row = source(top + i, shape.height, shape.padding);
      const std::int64_t column = source(left + i, shape.width, shape.padding);
      rows[i] = row < 0 ? -1 : row * shape.width * shape.inChannels;
      columns[i] = column < 0 ? -1 : column * shape.inChannels;
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
    const std::int64_t side = shape.side();
    const std::int64_t top = tile / shape.tilesX() * side;
    const std::int64_t left = tile % shape.tilesX() * side;
    rows = std::min<std::int64_t>(side, shape.height - top);
    columns = std::min<std::int64_t>(side, shape.width - left);
    pixel = shape.outChannels;
    row = shape.width * pixel;
    first = top * row + left * pixel;
  }

  std::int64_t pixels() const { return rows * columns; }

  std::int64_t rows, columns;      // 1 to the shape's side
  std::int64_t first, row, pixel;  // in floats
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

// The output transform A^T x A plus bias of one vector of channels, for the pixels within the map (`whole`:
// all of them), and their moments where `moments` is not null. nonTemporal requires y to be aligned to whole
// vectors.
template <bool whole, bool nonTemporal, typename Transform>
HWY_INLINE void transformOutput(const float* x, std::int64_t stride, const float* bias,
                                const OutputTile& tile, float* y, float* moments) {
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
  const Vec offset = hn::LoadU(d, bias);
  Moments sums(offset);
  for (std::int64_t i = 0; i < (whole ? side : tile.rows); ++i) {
    Vec line[span], out[side];
    for (std::int64_t j = 0; j < span; ++j) line[j] = hn::Load(d, rows[i][j]);
    Transform::output(line, out);
    if (i == 0) sums = Moments(hn::Add(out[0], offset));
    float* to = y + tile.first + i * tile.row;
    for (std::int64_t j = 0; j < side; ++j) {
      if (!whole && j >= tile.columns) break;
      const Vec value = hn::Add(out[j], offset);
      storeOutput<nonTemporal>(value, to + j * tile.pixel);
      sums.add(value, j % 2);
    }
  }
  if (moments) sums.store(tile.pixels(), moments, moments + tile.pixel);
}

}  // namespace cut::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
