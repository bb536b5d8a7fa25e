// SPDX-License-Identifier: MIT
#include "kernels/image/resample.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/image/blur_pool_training.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/base/simd-inl.hpp"

#ifndef CUT_CPU_BLUR_POOL_ONCE
#define CUT_CPU_BLUR_POOL_ONCE
namespace cut::cpu {

// Reflection padding: -1 reads 1, `size` reads size - 2.
inline std::int64_t reflected(std::int64_t i, std::int64_t size) {
  return i < 0 ? -i : i >= size ? 2 * size - 2 - i : i;
}

// The outputs (one or two) that a line of the full-size map contributes to, and its weights in them.
struct Contributions {
  Contributions(std::int64_t line, std::int64_t size) {
    const std::int64_t outputs = (size - 1) / 2 + 1;
    const auto weightIn = [&](std::int64_t output) {
      float weight = 0;
      for (std::int64_t tap = -1; tap <= 1; ++tap)
        if (reflected(2 * output + tap, size) == line) weight += tap == 0 ? 0.5F : 0.25F;
      return weight;
    };
    first = line / 2;
    second = first + 1 < outputs ? first + 1 : first;
    firstWeight = weightIn(first);
    secondWeight = second == first ? 0 : weightIn(second);
  }

  std::int64_t first, second;
  float firstWeight, secondWeight;
};

}  // namespace cut::cpu
#endif

HWY_BEFORE_NAMESPACE();
namespace cut::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

HWY_ATTR void forwardRow(const float* image, float* y, std::int64_t row, const BlurShape& shape) {
  const std::int64_t channels = shape.channels;
  const auto line = [&](std::int64_t i) {
    return image + reflected(i, shape.height) * shape.width * channels;
  };
  const float* lines[3] = {line(2 * row - 1), line(2 * row), line(2 * row + 1)};
  for (std::int64_t column = 0; column < shape.outputWidth(); ++column) {
    const std::int64_t left = reflected(2 * column - 1, shape.width) * channels;
    const std::int64_t middle = 2 * column * channels;
    const std::int64_t right = reflected(2 * column + 1, shape.width) * channels;
    float* to = y + column * channels;
    forChannels(hn::ScalableTag<float>(), 0, channels, [&](auto d, std::int64_t c) HWY_ATTR {
      const auto across = [&](const float* from) HWY_ATTR {
        const auto outer = hn::Add(hn::LoadU(d, from + left + c), hn::LoadU(d, from + right + c));
        return hn::MulAdd(hn::LoadU(d, from + middle + c), hn::Set(d, 2.0F), outer);
      };
      const auto outer = hn::Add(across(lines[0]), across(lines[2]));
      hn::StoreU(hn::Mul(hn::MulAdd(across(lines[1]), hn::Set(d, 2.0F), outer), hn::Set(d, 0.0625F)), d,
                 to + c);
    });
  }
}

HWY_ATTR void backwardRow(const float* gradient, float* dx, std::int64_t row, const BlurShape& shape) {
  const std::int64_t channels = shape.channels, outputRow = shape.outputWidth() * channels;
  const Contributions rows(row, shape.height);
  const float* upper = gradient + rows.first * outputRow;
  const float* lower = gradient + rows.second * outputRow;
  for (std::int64_t column = 0; column < shape.width; ++column) {
    const Contributions columns(column, shape.width);
    const std::int64_t left = columns.first * channels, right = columns.second * channels;
    float* to = dx + column * channels;
    forChannels(hn::ScalableTag<float>(), 0, channels, [&](auto d, std::int64_t c) HWY_ATTR {
      const auto across = [&](const float* from) HWY_ATTR {
        return hn::MulAdd(hn::LoadU(d, from + right + c), hn::Set(d, columns.secondWeight),
                          hn::Mul(hn::LoadU(d, from + left + c), hn::Set(d, columns.firstWeight)));
      };
      hn::StoreU(hn::MulAdd(across(lower), hn::Set(d, rows.secondWeight),
                            hn::Mul(across(upper), hn::Set(d, rows.firstWeight))),
                 d, to + c);
    });
  }
}

HWY_ATTR void forwardAll(const float* x, float* y, const BlurShape& shape, ParallelFor parallelFor) {
  const std::int64_t rows = shape.outputHeight();
  parallelFor(shape.batch * rows, [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
    for (std::int64_t item = begin; item < end; ++item)
      forwardRow(x + item / rows * shape.height * shape.width * shape.channels,
                 y + item * shape.outputWidth() * shape.channels, item % rows, shape);
  });
}

HWY_ATTR void backwardAll(const float* dy, float* dx, const BlurShape& shape, ParallelFor parallelFor) {
  const std::int64_t rows = shape.height;
  parallelFor(shape.batch * rows, [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
    for (std::int64_t item = begin; item < end; ++item)
      backwardRow(dy + item / rows * shape.outputHeight() * shape.outputWidth() * shape.channels,
                  dx + item * shape.width * shape.channels, item % rows, shape);
  });
}

}  // namespace cut::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cut::cpu {

HWY_EXPORT(forwardAll);
HWY_EXPORT(backwardAll);

void blurPool(const float* x, float* y, const BlurShape& shape, ParallelFor parallelFor) noexcept {
  HWY_DYNAMIC_DISPATCH(forwardAll)(x, y, shape, parallelFor);
}

void blurPoolBackward(const float* dy, float* dx, const BlurShape& shape, ParallelFor parallelFor) noexcept {
  HWY_DYNAMIC_DISPATCH(backwardAll)(dy, dx, shape, parallelFor);
}

}  // namespace cut::cpu
#endif
