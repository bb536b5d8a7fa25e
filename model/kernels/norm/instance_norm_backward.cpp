// SPDX-License-Identifier: MIT
#include "kernels/norm/instance_norm.hpp"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/norm/instance_norm_backward.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/base/simd-inl.hpp"
#include "kernels/norm/instance_norm_slices.hpp"

#ifndef CUT_CPU_INSTANCE_NORM_BACKWARD_ONCE
#define CUT_CPU_INSTANCE_NORM_BACKWARD_ONCE
namespace cut::cpu {

// Per channel and slice: the sum of g and the sum of g * z.
constexpr std::int64_t sumsPerChannel = 2;
// Pixels summed in fp32 before the sum is added to one in double.
constexpr std::int64_t backwardChunk = 128;

}  // namespace cut::cpu
#endif

HWY_BEFORE_NAMESPACE();
namespace cut::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// g of a vector of channels: dy masked by the ReLU.
template <Activation activation, typename D, typename V>
HWY_INLINE V maskedGradient(D d, V z, V dy) {
  if constexpr (activation == Activation::relu) return hn::IfThenElseZero(hn::Gt(z, hn::Zero(d)), dy);
  return dy;
}

template <Activation activation>
HWY_ATTR void sumSlice(const float* x, const float* dy, std::int64_t count, std::int64_t channels,
                       const float* mean, const float* invStd, double* sums) {
  std::fill_n(sums, sumsPerChannel * channels, 0.0);
  for (std::int64_t begin = 0; begin < count; begin += backwardChunk) {
    const std::int64_t end = std::min(begin + backwardChunk, count);
    forChannels(hn::ScalableTag<float>(), 0, channels, [&](auto d, std::int64_t c) HWY_ATTR {
      const auto center = hn::LoadU(d, mean + c);
      const auto scale = hn::LoadU(d, invStd + c);
      auto plain = hn::Zero(d), weighted = hn::Zero(d);
      for (std::int64_t p = begin; p < end; ++p) {
        const auto z = hn::Mul(hn::Sub(hn::LoadU(d, x + p * channels + c), center), scale);
        const auto g = maskedGradient<activation>(d, z, hn::LoadU(d, dy + p * channels + c));
        plain = hn::Add(plain, g);
        weighted = hn::MulAdd(g, z, weighted);
      }
      HWY_ALIGN float lanes[hn::MaxLanes(d)];
      const auto add = [&](auto vector, double* to) HWY_ATTR {
        hn::StoreU(vector, d, lanes);
        for (std::size_t i = 0; i < hn::Lanes(d); ++i) to[i] += lanes[i];
      };
      add(plain, sums + c);
      add(weighted, sums + channels + c);
    });
  }
}

template <Activation activation>
HWY_ATTR void gradientSlice(const float* x, const float* dy, float* dx, std::int64_t count,
                            std::int64_t channels, const float* mean, const float* invStd,
                            const float* means) {
  for (std::int64_t p = 0; p < count; ++p) {
    const std::int64_t at = p * channels;
    forChannels(hn::ScalableTag<float>(), 0, channels, [&](auto d, std::int64_t c) HWY_ATTR {
      const auto scale = hn::LoadU(d, invStd + c);
      const auto z = hn::Mul(hn::Sub(hn::LoadU(d, x + at + c), hn::LoadU(d, mean + c)), scale);
      const auto g = maskedGradient<activation>(d, z, hn::LoadU(d, dy + at + c));
      const auto centred = hn::Sub(g, hn::LoadU(d, means + c));
      hn::StoreU(hn::Mul(scale, hn::NegMulAdd(z, hn::LoadU(d, means + channels + c), centred)), d,
                 dx + at + c);
    });
  }
}

// The means of g and g * z over each image, by adding the sums of its slices in order.
inline void mergeSums(const InstanceNormShape& shape, const Slicing& slicing, double* sums, float* means) {
  const std::int64_t width = sumsPerChannel * shape.channels;
  for (std::int64_t n = 0; n < shape.batch; ++n)
    for (std::int64_t c = 0; c < width; ++c) {
      double sum = 0;
      for (std::int64_t s = 0; s < slicing.slices; ++s) sum += sums[(n * slicing.slices + s) * width + c];
      means[n * width + c] = static_cast<float>(sum / static_cast<double>(shape.pixels));
    }
}

template <Activation activation>
HWY_ATTR void backwardAll(const float* x, const float* dy, float* dx, const InstanceNormShape& shape,
                          const float* mean, const float* invStd, double* scratch, ParallelFor parallelFor) {
  const Slicing slicing(shape);
  const std::int64_t channels = shape.channels, width = sumsPerChannel * channels;
  auto* means = reinterpret_cast<float*>(scratch + shape.batch * slicing.slices * width);
  parallelFor(shape.batch * slicing.slices, [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
    for (std::int64_t item = begin; item < end; ++item) {
      const std::int64_t n = item / slicing.slices, slice = item % slicing.slices;
      const std::int64_t at = (n * shape.pixels + slicing.begin(slice)) * channels;
      sumSlice<activation>(x + at, dy + at, slicing.count(slice), channels, mean + n * channels,
                           invStd + n * channels, scratch + item * width);
    }
  });
  mergeSums(shape, slicing, scratch, means);
  parallelFor(shape.batch * slicing.slices, [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
    // In reverse order, because what the sums read last is still in this core's cache.
    for (std::int64_t item = end - 1; item >= begin; --item) {
      const std::int64_t n = item / slicing.slices, slice = item % slicing.slices;
      const std::int64_t at = (n * shape.pixels + slicing.begin(slice)) * channels;
      gradientSlice<activation>(x + at, dy + at, dx + at, slicing.count(slice), channels, mean + n * channels,
                                invStd + n * channels, means + n * width);
    }
  });
}

HWY_ATTR void normBackward(const float* x, const float* dy, float* dx, const InstanceNormShape& shape,
                           const float* mean, const float* invStd, Activation activation, double* scratch,
                           ParallelFor parallelFor) {
  if (activation == Activation::relu)
    backwardAll<Activation::relu>(x, dy, dx, shape, mean, invStd, scratch, parallelFor);
  else
    backwardAll<Activation::none>(x, dy, dx, shape, mean, invStd, scratch, parallelFor);
}

}  // namespace cut::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cut::cpu {

HWY_EXPORT(normBackward);

std::int64_t instanceNormBackwardScratch(const InstanceNormShape& shape) noexcept {
  // The sums of every slice, and two means per channel and image, which are floats.
  return shape.batch * (Slicing(shape).slices * sumsPerChannel + 1) * shape.channels;
}

void instanceNormBackward(const float* x, const float* dy, float* dx, const InstanceNormShape& shape,
                          const float* mean, const float* invStd, Activation activation, double* scratch,
                          ParallelFor parallelFor) noexcept {
  HWY_DYNAMIC_DISPATCH(normBackward)
  (x, dy, dx, shape, mean, invStd, activation, scratch, parallelFor);
}

}  // namespace cut::cpu
#endif
