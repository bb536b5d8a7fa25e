// SPDX-License-Identifier: MIT
#include "kernels/norm/instance_norm.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/norm/instance_norm.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/base/simd-inl.hpp"
#include "kernels/norm/instance_norm_slices.hpp"

#ifndef CUT_CPU_INSTANCE_NORM_ONCE
#define CUT_CPU_INSTANCE_NORM_ONCE
namespace cut::cpu {

// Pixels summed in fp32 before the sum is added to one in double.
constexpr std::int64_t chunkPixels = 128;
// Doubles per channel and slice: mean and M2, and three floats of the current chunk.
constexpr std::int64_t doublesPerChannel = 4;

}  // namespace cut::cpu
#endif

HWY_BEFORE_NAMESPACE();
namespace cut::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// The accumulators of a slice. Sums are of differences from `shift`, a mean of earlier pixels: this keeps
// them exact where the mean is far larger than the standard deviation.
struct SliceSums {
  SliceSums(double* memory, std::int64_t channels)
      : mean(memory),
        m2(memory + channels),
        shift(reinterpret_cast<float*>(memory + 2 * channels)),
        sum(shift + channels),
        squares(sum + channels) {}

  double* mean;
  double* m2;
  float* shift;
  float* sum;
  float* squares;
};

// Starts with the mean of the slice's first pixels as shift.
HWY_ATTR void startSums(const float* x, std::int64_t count, std::int64_t channels, const SliceSums& sums) {
  const std::int64_t pixels = std::min(count, groupPixels);
  const float inverse = 1.0f / static_cast<float>(pixels);
  forChannels(hn::ScalableTag<float>(), 0, channels, [&](auto d, std::int64_t c) HWY_ATTR {
    auto total = hn::LoadU(d, x + c);
    for (std::int64_t p = 1; p < pixels; ++p) total = hn::Add(total, hn::LoadU(d, x + p * channels + c));
    hn::StoreU(hn::Mul(total, hn::Set(d, inverse)), d, sums.shift + c);
    hn::StoreU(hn::Zero(d), d, sums.sum + c);
    hn::StoreU(hn::Zero(d), d, sums.squares + c);
  });
  std::fill_n(sums.mean, 2 * channels, 0.0);
}

HWY_ATTR void addGroup(const float* x, std::int64_t channels, const SliceSums& sums) {
  forChannels(hn::ScalableTag<float>(), 0, channels, [&](auto d, std::int64_t c) HWY_ATTR {
    const auto shift = hn::LoadU(d, sums.shift + c);
    const auto difference = [&](std::int64_t p)
                                HWY_ATTR { return hn::Sub(hn::LoadU(d, x + p * channels + c), shift); };
    static_assert(groupPixels == 8);
    const auto d0 = difference(0), d1 = difference(1), d2 = difference(2), d3 = difference(3);
    auto even = hn::MulAdd(d2, d2, hn::Mul(d0, d0));
    auto odd = hn::MulAdd(d3, d3, hn::Mul(d1, d1));
    auto total = hn::Add(hn::Add(d0, d1), hn::Add(d2, d3));
    const auto d4 = difference(4), d5 = difference(5), d6 = difference(6), d7 = difference(7);
    even = hn::MulAdd(d6, d6, hn::MulAdd(d4, d4, even));
    odd = hn::MulAdd(d7, d7, hn::MulAdd(d5, d5, odd));
    total = hn::Add(total, hn::Add(hn::Add(d4, d5), hn::Add(d6, d7)));
    hn::StoreU(hn::Add(hn::LoadU(d, sums.sum + c), total), d, sums.sum + c);
    hn::StoreU(hn::Add(hn::LoadU(d, sums.squares + c), hn::Add(even, odd)), d, sums.squares + c);
  });
}

HWY_ATTR void addPixel(const float* x, std::int64_t channels, const SliceSums& sums) {
  forChannels(hn::ScalableTag<float>(), 0, channels, [&](auto d, std::int64_t c) HWY_ATTR {
    const auto difference = hn::Sub(hn::LoadU(d, x + c), hn::LoadU(d, sums.shift + c));
    hn::StoreU(hn::Add(hn::LoadU(d, sums.sum + c), difference), d, sums.sum + c);
    hn::StoreU(hn::MulAdd(difference, difference, hn::LoadU(d, sums.squares + c)), d, sums.squares + c);
  });
}

// Merges a chunk of `count` pixels into the slice's `before` pixels (Chan, Golub and LeVeque 1983); the
// slice's new mean is the shift of the next chunk.
HWY_ATTR void mergeChunk(std::int64_t before, std::int64_t count, std::int64_t channels,
                         const SliceSums& sums) {
  const double inverse = 1.0 / static_cast<double>(count);
  const double meanWeight = static_cast<double>(count) / static_cast<double>(before + count);
  const double m2Weight = static_cast<double>(before) * meanWeight;
  double* HWY_RESTRICT mean = sums.mean;
  double* HWY_RESTRICT m2 = sums.m2;
  float* HWY_RESTRICT shift = sums.shift;
  float* HWY_RESTRICT chunkSum = sums.sum;
  float* HWY_RESTRICT squares = sums.squares;
  for (std::int64_t c = 0; c < channels; ++c) {
    const double sum = chunkSum[c];
    const double delta = shift[c] + sum * inverse - mean[c];
    m2[c] += squares[c] - sum * sum * inverse + delta * delta * m2Weight;
    mean[c] += delta * meanWeight;
    shift[c] = static_cast<float>(mean[c]);
    chunkSum[c] = 0;
    squares[c] = 0;
  }
}

HWY_ATTR void sliceStatistics(const float* x, std::int64_t count, std::int64_t channels,
                              const SliceSums& sums) {
  startSums(x, count, channels, sums);
  for (std::int64_t begin = 0; begin < count; begin += chunkPixels) {
    const std::int64_t end = std::min(begin + chunkPixels, count);
    std::int64_t p = begin;
    for (; p + groupPixels <= end; p += groupPixels) addGroup(x + p * channels, channels, sums);
    for (; p < end; ++p) addPixel(x + p * channels, channels, sums);
    mergeChunk(begin, end - begin, channels, sums);
  }
}

// Merges the slices of one image in order, `width` channels at a time: slices are kilobytes apart, so each is
// read in whole cache lines.
template <std::int64_t width>
HWY_ATTR void mergeChannels(const Slicing& slicing, std::int64_t channels, float eps, const double* sums,
                            float* mean, float* invStd) {
  const double n = static_cast<double>(slicing.pixels);
  const std::int64_t stride = doublesPerChannel * channels;
  double center[width] = {}, m2[width] = {};
  for (std::int64_t s = 0; s < slicing.slices; ++s) {
    const double count = static_cast<double>(slicing.count(s));
    for (std::int64_t c = 0; c < width; ++c) center[c] += sums[s * stride + c] * count;
  }
  for (std::int64_t c = 0; c < width; ++c) center[c] /= n;
  for (std::int64_t s = 0; s < slicing.slices; ++s) {
    const double count = static_cast<double>(slicing.count(s));
    for (std::int64_t c = 0; c < width; ++c) {
      const double delta = sums[s * stride + c] - center[c];
      m2[c] += sums[s * stride + channels + c] + delta * delta * count;
    }
  }
  for (std::int64_t c = 0; c < width; ++c) {
    mean[c] = static_cast<float>(center[c]);
    // Rounding can make the variance of a constant channel slightly negative.
    invStd[c] = static_cast<float>(1 / std::sqrt(std::max(m2[c] / n, 0.0) + eps));
  }
}

HWY_ATTR void mergeSlices(const Slicing& slicing, std::int64_t channels, float eps, const double* sums,
                          float* mean, float* invStd) {
  constexpr std::int64_t width = 16;
  std::int64_t c = 0;
  for (; c + width <= channels; c += width)
    mergeChannels<width>(slicing, channels, eps, sums + c, mean + c, invStd + c);
  for (; c < channels; ++c) mergeChannels<1>(slicing, channels, eps, sums + c, mean + c, invStd + c);
}

HWY_ATTR void statistics(const float* x, const InstanceNormShape& shape, float eps, float* mean,
                         float* invStd, double* scratch, ParallelFor parallelFor) {
  const Slicing slicing(shape);
  const std::int64_t channels = shape.channels;
  const std::int64_t stride = doublesPerChannel * channels;
  parallelFor(shape.batch * slicing.slices, [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
    for (std::int64_t item = begin; item < end; ++item) {
      const std::int64_t slice = item % slicing.slices;
      const std::int64_t pixel = item / slicing.slices * shape.pixels + slicing.begin(slice);
      sliceStatistics(x + pixel * channels, slicing.count(slice), channels,
                      SliceSums(scratch + item * stride, channels));
    }
  });
  for (std::int64_t n = 0; n < shape.batch; ++n)
    mergeSlices(slicing, channels, eps, scratch + n * slicing.slices * stride, mean + n * channels,
                invStd + n * channels);
}

template <Activation activation, bool hasResidual>
HWY_ATTR void applySlice(const float* x, const float* residual, float* y, std::int64_t count,
                         std::int64_t channels, const float* mean, const float* invStd) {
  const auto rows = [&](std::int64_t pixel, auto pixels) HWY_ATTR {
    forChannels(hn::ScalableTag<float>(), 0, channels, [&](auto d, std::int64_t c) HWY_ATTR {
      const auto center = hn::LoadU(d, mean + c);
      const auto scale = hn::LoadU(d, invStd + c);
      for (std::int64_t p = 0; p < pixels; ++p) {
        const std::int64_t at = (pixel + p) * channels + c;
        auto value = hn::Mul(hn::Sub(hn::LoadU(d, x + at), center), scale);
        if constexpr (activation == Activation::relu) value = relu(d, value);
        if constexpr (hasResidual) value = hn::Add(value, hn::LoadU(d, residual + at));
        hn::StoreU(value, d, y + at);
      }
    });
  };
  std::int64_t p = 0;
  for (; p + 4 <= count; p += 4) rows(p, std::integral_constant<std::int64_t, 4>());
  for (; p < count; ++p) rows(p, std::integral_constant<std::int64_t, 1>());
}

template <Activation activation, bool hasResidual>
HWY_ATTR void applyAll(const float* x, const float* residual, float* y, const InstanceNormShape& shape,
                       const float* mean, const float* invStd, ParallelFor parallelFor) {
  const Slicing slicing(shape);
  const std::int64_t channels = shape.channels;
  parallelFor(shape.batch * slicing.slices, [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
    // In reverse order, because what the statistics read last is still in this core's cache.
    for (std::int64_t item = end - 1; item >= begin; --item) {
      const std::int64_t n = item / slicing.slices, slice = item % slicing.slices;
      const std::int64_t at = (n * shape.pixels + slicing.begin(slice)) * channels;
      applySlice<activation, hasResidual>(x + at, hasResidual ? residual + at : nullptr, y + at,
                                          slicing.count(slice), channels, mean + n * channels,
                                          invStd + n * channels);
    }
  });
}

HWY_ATTR void apply(const float* x, const float* residual, float* y, const InstanceNormShape& shape,
                    const float* mean, const float* invStd, Activation activation, ParallelFor parallelFor) {
  if (activation == Activation::relu && residual)
    applyAll<Activation::relu, true>(x, residual, y, shape, mean, invStd, parallelFor);
  else if (activation == Activation::relu)
    applyAll<Activation::relu, false>(x, residual, y, shape, mean, invStd, parallelFor);
  else if (residual)
    applyAll<Activation::none, true>(x, residual, y, shape, mean, invStd, parallelFor);
  else
    applyAll<Activation::none, false>(x, residual, y, shape, mean, invStd, parallelFor);
}

}  // namespace cut::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cut::cpu {

HWY_EXPORT(statistics);
HWY_EXPORT(apply);

std::int64_t instanceNormScratch(const InstanceNormShape& shape) noexcept {
  return shape.batch * Slicing(shape).slices * doublesPerChannel * shape.channels;
}

void instanceNormStatistics(const float* x, const InstanceNormShape& shape, float eps, float* mean,
                            float* invStd, double* scratch, ParallelFor parallelFor) noexcept {
  HWY_DYNAMIC_DISPATCH(statistics)(x, shape, eps, mean, invStd, scratch, parallelFor);
}

void instanceNormApply(const float* x, const float* residual, float* y, const InstanceNormShape& shape,
                       const float* mean, const float* invStd, Activation activation,
                       ParallelFor parallelFor) noexcept {
  HWY_DYNAMIC_DISPATCH(apply)(x, residual, y, shape, mean, invStd, activation, parallelFor);
}

std::int64_t instanceNormWorkspace(const InstanceNormShape& shape) noexcept {
  // One double holds one channel's mean and inverse deviation, two floats.
  return instanceNormScratch(shape) + shape.batch * shape.channels;
}

void instanceNorm(const float* x, const float* residual, float* y, const InstanceNormShape& shape, float eps,
                  Activation activation, double* workspace, ParallelFor parallelFor) noexcept {
  auto* mean = reinterpret_cast<float*>(workspace + instanceNormScratch(shape));
  float* invStd = mean + shape.batch * shape.channels;
  instanceNormStatistics(x, shape, eps, mean, invStd, workspace, parallelFor);
  instanceNormApply(x, residual, y, shape, mean, invStd, activation, parallelFor);
}

}  // namespace cut::cpu
#endif
