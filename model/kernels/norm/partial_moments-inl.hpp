// SPDX-License-Identifier: MIT
// Moments of a convolution's outputs, accumulated while those are in registers. Included once per target,
// which is why its guard toggles.
#if defined(CUT_CPU_PARTIAL_MOMENTS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef CUT_CPU_PARTIAL_MOMENTS_INL
#undef CUT_CPU_PARTIAL_MOMENTS_INL
#else
#define CUT_CPU_PARTIAL_MOMENTS_INL
#endif

#include <hwy/highway.h>

#include "kernels/base/simd-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cut::cpu::HWY_NAMESPACE {

// The mean of a channel's outputs and the sum of squared differences from it. Sums are of differences from
// the first output, which keeps them exact where the mean is large.
class Moments {
 public:
  HWY_INLINE explicit Moments(const Vec& first) : first_(first) {
    for (std::int64_t i = 0; i < 2; ++i) sums_[i] = squares_[i] = hn::Zero(Floats());
  }

  // `chain` alternates between 0 and 1: two independent accumulators hide the latency of additions.
  HWY_INLINE void add(const Vec& output, std::int64_t chain) {
    const Vec difference = hn::Sub(output, first_);
    sums_[chain] = hn::Add(sums_[chain], difference);
    squares_[chain] = hn::MulAdd(difference, difference, squares_[chain]);
  }

  HWY_INLINE void store(std::int64_t count, float* means, float* squares) const {
    const Floats d;
    const Vec sum = hn::Add(sums_[0], sums_[1]), square = hn::Add(squares_[0], squares_[1]);
    const Vec mean = hn::Mul(sum, hn::Set(d, 1.0f / static_cast<float>(count)));
    hn::StoreU(hn::Add(first_, mean), d, means);
    hn::StoreU(hn::NegMulAdd(sum, mean, square), d, squares);
  }

 private:
  Vec first_, sums_[2], squares_[2];
};

}  // namespace cut::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
