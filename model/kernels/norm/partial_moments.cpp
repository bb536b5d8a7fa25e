// SPDX-License-Identifier: MIT
#include "kernels/norm/partial_moments.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/base/feature_map.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/norm/partial_moments.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace cut::cpu::HWY_NAMESPACE {

// Channels of an item of work: few enough to have items for many threads.
constexpr std::int64_t maxChannels = 2 * channelGroup;

// The moments of `count` channels: first the mean of the parts' means, then the squared differences from it.
HWY_ATTR void mergeChannels(const float* statistics, std::int64_t parts, PixelsOf pixelsOf,
                            std::int64_t channels, std::int64_t count, float eps, float* mean,
                            float* invStd) {
  const std::int64_t stride = 2 * channels;
  double pixels = 0;
  double center[maxChannels] = {}, squares[maxChannels] = {};
  for (std::int64_t part = 0; part < parts; ++part) {
    const auto weight = static_cast<double>(pixelsOf(part));
    const float* means = statistics + part * stride;
    pixels += weight;
    for (std::int64_t c = 0; c < count; ++c) center[c] += means[c] * weight;
  }
  for (double& value : center) value /= pixels;
  for (std::int64_t part = 0; part < parts; ++part) {
    const auto weight = static_cast<double>(pixelsOf(part));
    const float* means = statistics + part * stride;
    for (std::int64_t c = 0; c < count; ++c) {
      const double delta = means[c] - center[c];
      squares[c] += means[channels + c] + delta * delta * weight;
    }
  }
  for (std::int64_t c = 0; c < count; ++c) {
    mean[c] = static_cast<float>(center[c]);
    invStd[c] = static_cast<float>(1 / std::sqrt(squares[c] / pixels + eps));
  }
}

HWY_ATTR void mergeParts(const float* statistics, std::int64_t parts, PixelsOf pixelsOf,
                         std::int64_t channels, float eps, float* mean, float* invStd,
                         ParallelFor parallelFor) {
  const std::int64_t runs = (channels + maxChannels - 1) / maxChannels;
  parallelFor(runs, [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
    for (std::int64_t c = begin * maxChannels; c < std::min(end * maxChannels, channels); c += maxChannels)
      mergeChannels(statistics + c, parts, pixelsOf, channels, std::min(maxChannels, channels - c), eps,
                    mean + c, invStd + c);
  });
}

}  // namespace cut::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cut::cpu {
HWY_EXPORT(mergeParts);

void mergePartialMoments(const float* statistics, std::int64_t parts, PixelsOf pixelsOf,
                         std::int64_t channels, float eps, float* mean, float* invStd,
                         ParallelFor parallelFor) noexcept {
  HWY_DYNAMIC_DISPATCH(mergeParts)
  (statistics, parts, pixelsOf, channels, eps, mean, invStd, parallelFor);
}

}  // namespace cut::cpu
#endif
