#include "cpu/kernels/part_moments.hpp"

#include <cmath>

#include "cpu/kernels/matrix_convolution.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/kernels/part_moments.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace cut::cpu::HWY_NAMESPACE {

// Of one group of channels: the mean of the parts' means, then what lies around it.
HWY_ATTR void mergeGroup(const float* statistics, std::int64_t parts, PixelsOf pixelsOf,
                         std::int64_t channels, float eps, float* mean, float* inverseDeviation) {
  constexpr std::int64_t width = channelGroup;
  const std::int64_t stride = 2 * channels;
  double pixels = 0;
  double center[width] = {}, squares[width] = {};
  for (std::int64_t part = 0; part < parts; ++part) {
    const auto count = static_cast<double>(pixelsOf(part));
    pixels += count;
    for (std::int64_t c = 0; c < width; ++c) center[c] += statistics[part * stride + c] * count;
  }
  for (double& value : center) value /= pixels;
  for (std::int64_t part = 0; part < parts; ++part) {
    const auto count = static_cast<double>(pixelsOf(part));
    const float* at = statistics + part * stride;
    for (std::int64_t c = 0; c < width; ++c) {
      const double delta = at[c] - center[c];
      squares[c] += at[channels + c] + delta * delta * count;
    }
  }
  for (std::int64_t c = 0; c < width; ++c) {
    mean[c] = static_cast<float>(center[c]);
    inverseDeviation[c] = static_cast<float>(1 / std::sqrt(squares[c] / pixels + eps));
  }
}

HWY_ATTR void mergeParts(const float* statistics, std::int64_t parts, PixelsOf pixelsOf,
                         std::int64_t channels, float eps, float* mean, float* inverseDeviation,
                         ParallelFor parallelFor) {
  parallelFor(channels / channelGroup, [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
    for (std::int64_t c = begin * channelGroup; c < end * channelGroup; c += channelGroup)
      mergeGroup(statistics + c, parts, pixelsOf, channels, eps, mean + c, inverseDeviation + c);
  });
}

}  // namespace cut::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cut::cpu {
HWY_EXPORT(mergeParts);

void partMoments(const float* statistics, std::int64_t parts, PixelsOf pixelsOf, std::int64_t channels,
                 float eps, float* mean, float* inverseDeviation, ParallelFor parallelFor) noexcept {
  HWY_DYNAMIC_DISPATCH(mergeParts)
  (statistics, parts, pixelsOf, channels, eps, mean, inverseDeviation, parallelFor);
}

void matrixMoments(const float* statistics, const MatrixShape& shape, float eps, float* mean,
                   float* inverseDeviation, ParallelFor parallelFor) noexcept {
  const auto pixels = [&](std::int64_t) { return shape.width; };
  partMoments(statistics, shape.height, pixels, shape.outChannels, eps, mean, inverseDeviation, parallelFor);
}

}  // namespace cut::cpu
#endif
