// SPDX-License-Identifier: MIT
#include "kernels/conv/direct/output_stage.hpp"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/conv/direct/output_stage.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <hwy/contrib/math/math-inl.h>

#ifndef CUT_CPU_OUTPUT_STAGE_ONCE
#define CUT_CPU_OUTPUT_STAGE_ONCE
namespace cut::cpu {

// The input lines (one or two) that a line of the upsampled output receives taps from, and which of the four
// kernel lines those are.
struct OverlappingTaps {
  OverlappingTaps(std::int64_t output, std::int64_t inputs) {
    const std::int64_t odd = output % 2, near = output / 2, far = odd ? near + 1 : near - 1;
    line[0] = near;
    tap[0] = odd ? 2 : 1;
    line[1] = far;
    tap[1] = odd ? 0 : 3;
    count = far >= 0 && far < inputs ? 2 : 1;
  }

  std::int64_t line[2], tap[2], count;
};

}  // namespace cut::cpu
#endif

HWY_BEFORE_NAMESPACE();
namespace cut::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// An image has at most four channels: one vector of four floats holds a pixel.
using Pixel = hn::CappedTag<float, 4>;
constexpr std::int64_t pixelVectors = 4 / static_cast<std::int64_t>(hn::MaxLanes(Pixel()));

// Sums up the taps of one pixel: writes four floats, of which the first shape.outputs are valid.
template <typename ColumnOf>
HWY_INLINE void col2imPixel(const float* partial, const float* bias, std::int64_t pixel,
                            const OutputStageShape& shape, const ColumnOf& columnOf, float* sums) {
  const Pixel d;
  constexpr auto lanes = static_cast<std::int64_t>(hn::MaxLanes(d));
  hn::Vec<Pixel> values[pixelVectors];
  for (std::int64_t v = 0; v < pixelVectors; ++v) values[v] = hn::LoadU(d, bias + v * lanes);
  for (std::int64_t j = 0; j < shape.kernel; ++j) {
    const float* in =
        partial + columnOf(pixel + j - shape.kernel / 2) * shape.partialStride + j * shape.outputs;
    for (std::int64_t v = 0; v < pixelVectors; ++v)
      values[v] = hn::Add(values[v], hn::LoadU(d, in + v * lanes));
  }
  for (std::int64_t v = 0; v < pixelVectors; ++v) hn::StoreU(values[v], d, sums + v * lanes);
}

HWY_ATTR void col2imRow(const float* partial, const float* bias, float* y, const OutputStageShape& shape) {
  const std::int64_t half = shape.kernel / 2, last = shape.width - 1;
  const auto reflected = [last](std::int64_t column) {
    return column < 0 ? -column : column > last ? 2 * last - column : column;
  };
  const auto same = [](std::int64_t column) { return column; };
  float fourBiases[4] = {};
  std::copy_n(bias, shape.outputs, fourBiases);
  for (std::int64_t p = 0; p < shape.width; ++p) {
    float* out = y + p * shape.outputs;
    // Within the row, the floats written beyond shape.outputs are overwritten by the next pixel.
    if (p >= half && p + std::max<std::int64_t>(half, 4) <= last) {
      col2imPixel(partial, fourBiases, p, shape, same, out);
    } else {
      float sums[4];
      col2imPixel(partial, fourBiases, p, shape, reflected, sums);
      std::copy_n(sums, shape.outputs, out);
    }
  }
}

// Highway's Tanh turns NaN into a number, which would hide a broken model.
template <class D>
HWY_ATTR hn::Vec<D> tanhOrNan(D d, const float* y) {
  const auto x = hn::LoadU(d, y);
  return hn::IfThenElse(hn::IsNaN(x), x, hn::Tanh(d, x));
}

HWY_ATTR void tanhRow(float* y, std::int64_t count) {
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) hn::StoreU(tanhOrNan(d, y + i), d, y + i);
  const hn::CappedTag<float, 1> one;
  for (; i < count; ++i) hn::StoreU(tanhOrNan(one, y + i), one, y + i);
}

HWY_ATTR void outputRows(const float* partial, const float* bias, float* y, const OutputStageShape& shape,
                         ParallelFor parallelFor) {
  parallelFor(shape.height, [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
    for (std::int64_t row = begin; row < end; ++row) {
      float* out = y + row * shape.width * shape.outputs;
      col2imRow(partial + row * shape.width * shape.partialStride, bias, out, shape);
      tanhRow(out, shape.width * shape.outputs);
    }
  });
}

HWY_ATTR void transposedCol2imRow(const float* partial, const float* bias, float* y, std::int64_t row,
                                  const TransposedOutputStageShape& shape) {
  const OverlappingTaps rows(row, shape.height);
  const std::int64_t outputs = shape.outputs;
  for (std::int64_t column = 0; column < 2 * shape.width; ++column, y += outputs) {
    const OverlappingTaps columns(column, shape.width);
    std::copy_n(bias, outputs, y);
    for (std::int64_t i = 0; i < rows.count; ++i)
      for (std::int64_t j = 0; j < columns.count; ++j) {
        const std::int64_t pixel = rows.line[i] * shape.width + columns.line[j];
        const float* in = partial + (16 * pixel + 4 * rows.tap[i] + columns.tap[j]) * outputs;
        for (std::int64_t c = 0; c < outputs; ++c) y[c] += in[c];
      }
  }
}

HWY_ATTR void transposedOutputRows(const float* partial, const float* bias, float* y,
                                   const TransposedOutputStageShape& shape, ParallelFor parallelFor) {
  parallelFor(2 * shape.height, [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
    for (std::int64_t row = begin; row < end; ++row) {
      float* out = y + row * 2 * shape.width * shape.outputs;
      transposedCol2imRow(partial, bias, out, row, shape);
      tanhRow(out, 2 * shape.width * shape.outputs);
    }
  });
}

}  // namespace cut::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cut::cpu {

HWY_EXPORT(outputRows);
HWY_EXPORT(transposedOutputRows);

void outputStage(const float* partial, const float* bias, float* y, const OutputStageShape& shape,
                 ParallelFor parallelFor) noexcept {
  HWY_DYNAMIC_DISPATCH(outputRows)(partial, bias, y, shape, parallelFor);
}

void transposedOutputStage(const float* partial, const float* bias, float* y,
                           const TransposedOutputStageShape& shape, ParallelFor parallelFor) noexcept {
  HWY_DYNAMIC_DISPATCH(transposedOutputRows)(partial, bias, y, shape, parallelFor);
}

}  // namespace cut::cpu
#endif
