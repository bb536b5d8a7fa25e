#include "cpu/kernels/finish.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/kernels/finish.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <hwy/contrib/math/math-inl.h>

HWY_BEFORE_NAMESPACE();
namespace cut::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

HWY_ATTR void sumRow(const float* partial, const float* bias, float* y, const FinishShape& shape) {
  const std::int64_t half = shape.kernel / 2;
  for (std::int64_t p = 0; p < shape.width; ++p) {
    float* out = y + p * shape.outputs;
    for (std::int64_t c = 0; c < shape.outputs; ++c) out[c] = bias[c];
    for (std::int64_t j = 0; j < shape.kernel; ++j) {
      std::int64_t column = p + j - half;
      if (column < 0) column = -column;
      if (column >= shape.width) column = 2 * (shape.width - 1) - column;
      const float* in = partial + column * shape.partialStride + j * shape.outputs;
      for (std::int64_t c = 0; c < shape.outputs; ++c) out[c] += in[c];
    }
  }
}

// Highway's Tanh makes a number of NaN, which would hide it.
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

HWY_ATTR void finishRows(const float* partial, const float* bias, float* y, const FinishShape& shape,
                         ParallelFor parallelFor) {
  parallelFor(shape.height, [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
    for (std::int64_t row = begin; row < end; ++row) {
      float* out = y + row * shape.width * shape.outputs;
      sumRow(partial + row * shape.width * shape.partialStride, bias, out, shape);
      tanhRow(out, shape.width * shape.outputs);
    }
  });
}

}  // namespace cut::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cut::cpu {

HWY_EXPORT(finishRows);

void finishImage(const float* partial, const float* bias, float* y, const FinishShape& shape,
                 ParallelFor parallelFor) noexcept {
  HWY_DYNAMIC_DISPATCH(finishRows)(partial, bias, y, shape, parallelFor);
}

}  // namespace cut::cpu
#endif
