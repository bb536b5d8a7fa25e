// SPDX-License-Identifier: MIT
#include "kernels/image/style_blur.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/image/style_blur.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/base/simd-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cut::cpu::HWY_NAMESPACE {

// One output row of the four input rows around it; the outer two are null beyond the map.
HWY_ATTR void blurHalveRow(const float* const rows[4], float* out, const MapShape& shape) {
  const Floats d;
  const std::int64_t channels = shape.channels;
  const Vec three = hn::Set(d, 3.0f), scale = hn::Set(d, 1.0f / 64);
  for (std::int64_t c = 0; c < channels; c += laneCount) {
    const auto column = [&](std::int64_t p) HWY_ATTR {
      const std::int64_t at = p * channels + c;
      const Vec inner = hn::Add(hn::LoadU(d, rows[1] + at), hn::LoadU(d, rows[2] + at));
      Vec sum = hn::Mul(inner, three);
      if (rows[0]) sum = hn::Add(sum, hn::LoadU(d, rows[0] + at));
      if (rows[3]) sum = hn::Add(sum, hn::LoadU(d, rows[3] + at));
      return sum;
    };
    Vec before = hn::Zero(d), left = column(0);
    for (std::int64_t p = 0; p < shape.width; p += 2) {
      const Vec right = column(p + 1), behind = p + 2 < shape.width ? column(p + 2) : hn::Zero(d);
      const Vec sum = hn::MulAdd(hn::Add(left, right), three, hn::Add(before, behind));
      hn::StoreU(hn::Mul(sum, scale), d, out + p / 2 * channels + c);
      before = right;
      left = behind;
    }
  }
}

HWY_ATTR void blurHalveRows(const float* x, float* y, const MapShape& shape, const BlurBand& band,
                            ParallelFor parallelFor) {
  const std::int64_t inRow = shape.width * shape.channels;
  parallelFor(band.rows, [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
    for (std::int64_t row = begin; row < end; ++row) {
      const std::int64_t inner = 2 * (band.firstRow + row);
      const float* first = x + (inner - band.xRow) * inRow;
      const float* const rows[4] = {inner > 0 ? first - inRow : nullptr, first, first + inRow,
                                    inner + 2 < shape.height ? first + 2 * inRow : nullptr};
      blurHalveRow(rows, y + row * inRow / 2, shape);
    }
  });
}

}  // namespace cut::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cut::cpu {

HWY_EXPORT(blurHalveRows);

void styleBlurHalve(const float* x, float* y, const MapShape& shape, const BlurBand& band,
                    ParallelFor parallelFor) noexcept {
  HWY_DYNAMIC_DISPATCH(blurHalveRows)(x, y, shape, band, parallelFor);
}

}  // namespace cut::cpu
#endif
