// SPDX-License-Identifier: MIT
#include "kernels/conv/winograd/winograd_columns.hpp"

#include <algorithm>

#include "kernels/norm/partial_moments.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/conv/winograd/winograd_columns.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/base/simd-inl.hpp"
#include "kernels/conv/direct/direct_rows-inl.hpp"
#include "kernels/conv/winograd/winograd_f4_7-inl.hpp"
#include "kernels/norm/partial_moments-inl.hpp"

#ifndef CUT_CPU_WINOGRAD_COLUMNS_ONCE
#define CUT_CPU_WINOGRAD_COLUMNS_ONCE
namespace cut::cpu {

constexpr std::int64_t span = ColumnsShape::side + ColumnsShape::kernelHeight - 1;  // rows that a tile reads
static_assert(span == ColumnsShape::tileElements);

// Pixels of a part, so that its transformed inputs and its products together fit an L2 cache.
constexpr std::int64_t maxPixels = 48;

// How the map is divided into parts, each four rows of some columns, and the scratch memory of a part.
struct ColumnParts {
  explicit ColumnParts(const ColumnsShape& shape)
      : height(shape.height),
        width(shape.width),
        perRow((shape.width + maxPixels - 1) / maxPixels),
        count((shape.height + ColumnsShape::side - 1) / ColumnsShape::side * perRow) {
    const std::int64_t pixels = std::min(maxPixels, shape.width);
    // The strides are odd numbers of cache lines, so that tile elements do not map to the same cache sets.
    inStride = paddedChannels((pixels + shape.kernelWidth - 1) * shape.inChannels) / 32 * 32 + 48;
    outStride = pixels * shape.outChannels / 32 * 32 + 48;
  }

  std::int64_t row(std::int64_t part) const { return part / perRow * ColumnsShape::side; }
  std::int64_t rows(std::int64_t part) const { return std::min(ColumnsShape::side, height - row(part)); }
  std::int64_t column(std::int64_t part) const { return width * (part % perRow) / perRow; }
  std::int64_t columns(std::int64_t part) const {
    return width * (part % perRow + 1) / perRow - column(part);
  }
  std::int64_t scratch() const { return span * (inStride + outStride); }

  std::int64_t height, width, perRow, count;
  std::int64_t inStride;   // floats between tile elements of the transformed input
  std::int64_t outStride;  // of the products: (pixel, outChannels)
};

}  // namespace cut::cpu
#endif

HWY_BEFORE_NAMESPACE();
namespace cut::cpu::HWY_NAMESPACE {

// The input rows of a part, from its first column on.
struct InputRows {
  InputRows(const float* x, const ColumnsShape& shape, std::int64_t row, std::int64_t column) {
    for (std::int64_t i = 0; i < span; ++i) {
      std::int64_t from = row + i - ColumnsShape::kernelHeight / 2;
      from = from < 0 ? -from : from < shape.height ? from : 2 * (shape.height - 1) - from;
      // Rows beyond the reflection are read only for outputs that are beyond the map.
      at[i] = x + std::max<std::int64_t>(from, 0) * shape.inRow + column * shape.inChannels;
    }
  }

  const float* at[span];
};

// The input transform B^T x of `count` contiguous floats that begin with channel 0 of a pixel. `to` has room
// for whole vectors.
template <bool normalise>
HWY_ATTR void transformRows(const InputRows& rows, const NormRelu& norm, std::int64_t count,
                            std::int64_t channels, float* to, std::int64_t stride) {
  const Floats d;
  std::int64_t i = 0, channel = 0;
  for (; i + laneCount <= count; i += laneCount) {
    const Loader<normalise> load(norm, channel);
    Vec line[span];
    for (std::int64_t r = 0; r < span; ++r) line[r] = load(rows.at[r] + i);
    FourBySeven::input(line);
    for (std::int64_t e = 0; e < span; ++e) hn::StoreU(line[e], d, to + e * stride + i);
    if constexpr (normalise) channel = channel + laneCount == channels ? 0 : channel + laneCount;
  }
  if (i == count) return;
  // A partial vector remains only where channels are not padded, and there is no norm then.
  Vec line[span];
  for (std::int64_t r = 0; r < span; ++r) {
    float rest[channelGroup] = {};
    std::copy_n(rows.at[r] + i, count - i, rest);
    line[r] = hn::LoadU(d, rest);
  }
  FourBySeven::input(line);
  for (std::int64_t e = 0; e < span; ++e) hn::StoreU(line[e], d, to + e * stride + i);
}

// The output transform A^T of a part's products, plus bias. moments: null, or the part's.
template <bool measured>
HWY_ATTR void transformProducts(const float* products, std::int64_t stride, const float* bias, float* y,
                                const ColumnsShape& shape, std::int64_t rows, std::int64_t pixels,
                                float* moments) {
  const Floats d;
  const std::int64_t channels = shape.outChannels - (shape.skipLastHalfPanel ? channelGroup / 2 : 0);
  const std::int64_t outRow = shape.width * shape.outChannels;
  for (std::int64_t c = 0; c < channels; c += laneCount) {
    const Vec offset = hn::LoadU(d, bias + c);
    Moments sums(offset);
    for (std::int64_t p = 0; p < pixels; ++p) {
      const std::int64_t at = p * shape.outChannels + c;
      Vec line[span], out[ColumnsShape::side];
      for (std::int64_t e = 0; e < span; ++e) line[e] = hn::LoadU(d, products + e * stride + at);
      FourBySeven::output(line, out);
      if (measured && p == 0) sums = Moments(hn::Add(out[0], offset));
      for (std::int64_t r = 0; r < ColumnsShape::side; ++r) {
        if (r == rows) break;
        const Vec value = hn::Add(out[r], offset);
        hn::StoreU(value, d, y + r * outRow + at);
        if (measured) sums.add(value, r % 2);
      }
    }
    if (measured) sums.store(rows * pixels, moments + c, moments + shape.outChannels + c);
  }
}

HWY_ATTR void convolvePart(const float* x, const NormRelu& norm, const float* weights, const float* bias,
                           float* y, const ColumnsShape& shape, const ColumnParts& parts, std::int64_t part,
                           float* moments, const float* zeros, float* in) {
  float* products = in + span * parts.inStride;
  const std::int64_t row = parts.row(part), column = parts.column(part), pixels = parts.columns(part);
  const InputRows rows(x, shape, row, column);
  const std::int64_t count = (pixels + shape.kernelWidth - 1) * shape.inChannels;
  norm.mean ? transformRows<true>(rows, norm, count, shape.inChannels, in, parts.inStride)
            : transformRows<false>(rows, norm, count, shape.inChannels, in, parts.inStride);
  const DirectShape line{.outHeight = 1,
                         .outWidth = pixels,
                         .inChannels = shape.inChannels,
                         .outChannels = shape.outChannels,
                         .kernelWidth = shape.kernelWidth,
                         .outPixel = shape.outChannels,
                         .skipLastHalfPanel = shape.skipLastHalfPanel};
  for (std::int64_t e = 0; e < span; ++e)
    convolveRow(in + e * parts.inStride, weights + e * line.weights(), zeros, products + e * parts.outStride,
                line, 0, shape.outChannels / channelGroup);
  float* to = y + (row * shape.width + column) * shape.outChannels;
  moments
      ? transformProducts<true>(products, parts.outStride, bias, to, shape, parts.rows(part), pixels, moments)
      : transformProducts<false>(products, parts.outStride, bias, to, shape, parts.rows(part), pixels,
                                 nullptr);
}

HWY_ATTR void convolveColumns(const float* x, const NormRelu& norm, const float* weights, const float* bias,
                              float* y, const ColumnsShape& shape, float* statistics, float* scratch,
                              std::int64_t threads, ParallelFor parallelFor) {
  const ColumnParts parts(shape);
  float* zeros = scratch;  // the bias of the products, which get the layer's bias after the output transform
  std::fill_n(zeros, shape.outChannels, 0.0F);
  parallelForDynamic(threads, parts.count, parallelFor, [&](std::int64_t slot, std::int64_t part) HWY_ATTR {
    convolvePart(x, norm, weights, bias, y, shape, parts, part,
                 statistics ? statistics + part * 2 * shape.outChannels : nullptr, zeros,
                 scratch + shape.outChannels + slot * parts.scratch());
  });
}

}  // namespace cut::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cut::cpu {
namespace {

HWY_EXPORT(convolveColumns);

// The weight transform G of one column of a kernel.
void transformKernel(const float taps[ColumnsShape::kernelHeight], float to[span]) {
  using Points = Points4x7;
  to[0] = taps[0];  // the product of all squares is 1
  for (std::int64_t k = 0; k < 4; ++k)
    for (std::int64_t sign = 0; sign < 2; ++sign) {
      const double point = sign ? -Points::points[k] : Points::points[k];
      double sum = 0;
      for (std::int64_t i = ColumnsShape::kernelHeight - 1; i >= 0; --i) sum = sum * point + taps[i];
      to[1 + 2 * k + sign] = static_cast<float>(sum / Points::slope(k));
    }
  to[span - 1] = taps[ColumnsShape::kernelHeight - 1];
}

}  // namespace

std::int64_t ColumnsShape::statistics() const noexcept {
  return ColumnParts(*this).count * 2 * outChannels;
}

void winogradColumnsWeights(WeightAt at, std::int64_t outputs, std::int64_t inputs, float* transformed,
                            const ColumnsShape& shape) {
  const DirectShape line{
      .inChannels = shape.inChannels, .outChannels = shape.outChannels, .kernelWidth = shape.kernelWidth};
  std::fill_n(transformed, shape.weights(), 0.0F);
  for (std::int64_t out = 0; out < outputs; ++out)
    for (std::int64_t in = 0; in < inputs; ++in)
      for (std::int64_t j = 0; j < shape.kernelWidth; ++j) {
        float taps[ColumnsShape::kernelHeight], tileElements[span];
        for (std::int64_t i = 0; i < ColumnsShape::kernelHeight; ++i) taps[i] = at(out, in, i, j);
        transformKernel(taps, tileElements);
        for (std::int64_t e = 0; e < span; ++e)
          transformed[e * line.weights() + directWeightAt(line, out, in, 0, j)] = tileElements[e];
      }
}

std::int64_t winogradColumnsScratch(const ColumnsShape& shape, std::int64_t threads) noexcept {
  return shape.outChannels + ColumnParts(shape).scratch() * threads;
}

void winogradColumns(const float* x, const NormRelu& norm, const float* weights, const float* bias, float* y,
                     const ColumnsShape& shape, float* statistics, float* scratch, std::int64_t threads,
                     ParallelFor parallelFor) noexcept {
  HWY_DYNAMIC_DISPATCH(convolveColumns)
  (x, norm, weights, bias, y, shape, statistics, scratch, threads, parallelFor);
}

void winogradColumnsMoments(const float* statistics, const ColumnsShape& shape, float eps, float* mean,
                            float* invStd, ParallelFor parallelFor) noexcept {
  const ColumnParts parts(shape);
  const auto pixels = [&](std::int64_t part) { return parts.rows(part) * parts.columns(part); };
  mergePartialMoments(statistics, parts.count, pixels, shape.outChannels, eps, mean, invStd, parallelFor);
}

}  // namespace cut::cpu
#endif
