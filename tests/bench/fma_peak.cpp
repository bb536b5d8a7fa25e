// SPDX-License-Identifier: MIT
#include "fma_peak.hpp"

#include <algorithm>
#include <ctime>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "fma_peak.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace cut::bench::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

constexpr int chains = 12;  // more than latency times width
constexpr int steps = 200'000;

// Returns floating-point operations; `sink` keeps them from being left out.
HWY_ATTR double multiplyAdd(float* sink) {
  const hn::ScalableTag<float> d;
  using Vec = hn::Vec<decltype(d)>;
  const Vec factor = hn::Set(d, *sink);
  Vec sums[chains];
  for (int i = 0; i < chains; ++i) sums[i] = hn::Set(d, static_cast<float>(i));
  for (int step = 0; step < steps; ++step) {
#pragma GCC unroll 12
    for (Vec& sum : sums) sum = hn::MulAdd(sum, factor, factor);
  }
  for (int i = 1; i < chains; ++i) sums[0] = hn::Add(sums[0], sums[i]);
  *sink = hn::GetLane(sums[0]);
  return 2.0 * chains * steps * static_cast<double>(hn::Lanes(d));
}

}  // namespace cut::bench::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cut::bench {

HWY_EXPORT(multiplyAdd);

double fmaPeak() {
  const auto seconds = [] {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
  };
  float value = 0.5F;
  double best = 0;
  for (int i = 0; i < 5; ++i) {
    const double begin = seconds();
    const double operations = HWY_DYNAMIC_DISPATCH(multiplyAdd)(&value);
    best = std::max(best, 1e-9 * operations / (seconds() - begin));
    value = 0.5F;
  }
  return best;
}

}  // namespace cut::bench
#endif
