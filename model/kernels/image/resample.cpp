// SPDX-License-Identifier: MIT
#include "kernels/image/resample.hpp"
#include "kernels/base/feature_map.hpp"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/image/resample.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/base/simd-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cut::cpu::HWY_NAMESPACE {

HWY_ATTR void clearPixels(float* y, std::int64_t pixels, std::int64_t channels, std::int64_t outPixel) {
  if (outPixel == channels) {
    std::fill_n(y, pixels * channels, 0.0f);
    return;
  }
  for (std::int64_t p = 0; p < pixels; ++p) std::fill_n(y + p * outPixel, channels, 0.0f);
}

template <bool normalise, bool leaky>
HWY_ATTR void padRows(const float* x, const NormRelu& norm, float* y, const MapShape& shape,
                      const ZeroPadding& padding, ParallelFor parallelFor) {
  const std::int64_t before = padding.before, after = padding.after, outPixel = padding.outPixel;
  const std::int64_t channels = shape.channels, width = before + shape.width + after;
  parallelFor(before + shape.height + after, [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
    for (std::int64_t row = begin; row < end; ++row) {
      float* out = y + row * width * outPixel;
      if (row < before || row >= before + shape.height) {
        clearPixels(out, width, channels, outPixel);
        continue;
      }
      const float* in = x + (row - before) * shape.width * channels;
      clearPixels(out, before, channels, outPixel);
      out += before * outPixel;
      for (std::int64_t c = 0; c < channels; c += laneCount) {
        const Loader<normalise, leaky> load(norm, c, padding.slope);
        for (std::int64_t p = 0; p < shape.width; ++p)
          hn::StoreU(load(in + p * channels + c), Floats(), out + p * outPixel + c);
      }
      clearPixels(out + shape.width * outPixel, after, channels, outPixel);
    }
  });
}

// The three rows around one output row, summed with 1, 2, 1 down each column and along the row.
template <bool normalise>
HWY_ATTR void blurRow(const float* const rows[3], const NormRelu& norm, float* out, const MapShape& shape) {
  const Floats d;
  const std::int64_t channels = shape.channels;
  for (std::int64_t c = 0; c < channels; c += laneCount) {
    const Loader<normalise> load(norm, c);
    const auto column = [&](std::int64_t p) HWY_ATTR {
      const std::int64_t at = p * channels + c;
      const Vec middle = load(rows[1] + at);
      return hn::Add(hn::Add(load(rows[0] + at), load(rows[2] + at)), hn::Add(middle, middle));
    };
    const Vec sixteenth = hn::Set(d, 0.0625f);
    Vec left = column(1);  // reflected
    for (std::int64_t p = 0; p < shape.width; p += 2) {
      const Vec middle = column(p);
      const Vec right = column(p + 1);
      const Vec sum = hn::Add(hn::Add(left, right), hn::Add(middle, middle));
      hn::StoreU(hn::Mul(sum, sixteenth), d, out + p / 2 * channels + c);
      left = right;
    }
  }
}

template <bool normalise>
HWY_ATTR void blurRows(const float* x, const NormRelu& norm, float* y, const MapShape& shape,
                       ParallelFor parallelFor) {
  const std::int64_t inRow = shape.width * shape.channels;
  parallelFor(shape.height / 2, [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
    for (std::int64_t row = begin; row < end; ++row) {
      const float* middle = x + 2 * row * inRow;
      const float* const rows[3] = {row == 0 ? middle + inRow : middle - inRow, middle, middle + inRow};
      blurRow<normalise>(rows, norm, y + row * inRow / 2, shape);
    }
  });
}

HWY_ATTR void padMap(const float* x, const NormRelu& norm, float* y, const MapShape& shape,
                     ZeroPadding padding, ParallelFor parallelFor) {
  if (padding.outPixel == 0) padding.outPixel = shape.channels;
  if (!norm.mean)
    padRows<false, false>(x, norm, y, shape, padding, parallelFor);
  else if (padding.slope > 0)
    padRows<true, true>(x, norm, y, shape, padding, parallelFor);
  else
    padRows<true, false>(x, norm, y, shape, padding, parallelFor);
}

HWY_ATTR void blurMap(const float* x, const NormRelu& norm, float* y, const MapShape& shape,
                      ParallelFor parallelFor) {
  norm.mean ? blurRows<true>(x, norm, y, shape, parallelFor)
            : blurRows<false>(x, norm, y, shape, parallelFor);
}

}  // namespace cut::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cut::cpu {

HWY_EXPORT(padMap);
HWY_EXPORT(blurMap);

void padWithZeros(const float* x, const NormRelu& norm, float* y, const MapShape& shape,
                  const ZeroPadding& padding, ParallelFor parallelFor) noexcept {
  HWY_DYNAMIC_DISPATCH(padMap)(x, norm, y, shape, padding, parallelFor);
}

void blurPool(const float* x, const NormRelu& norm, float* y, const MapShape& shape,
              ParallelFor parallelFor) noexcept {
  HWY_DYNAMIC_DISPATCH(blurMap)(x, norm, y, shape, parallelFor);
}

}  // namespace cut::cpu
#endif
