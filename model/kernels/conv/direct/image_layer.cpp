// SPDX-License-Identifier: MIT
#include "kernels/conv/direct/image_layer.hpp"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/conv/direct/image_layer.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace cut::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Pixel = hn::CappedTag<float, static_cast<std::size_t>(maxImageChannels)>;
constexpr auto pixelLanes = static_cast<std::int64_t>(hn::MaxLanes(Pixel()));
constexpr std::int64_t pixelVectors = maxImageChannels / pixelLanes;
constexpr std::int64_t run = 8 / pixelVectors;  // pixels together: independent sums hide the latency

// Writes maxImageChannels floats for each pixel, `outputs` apart.
template <std::int64_t pixels>
HWY_INLINE void somePixels(const float* x, const float* weights, const float* bias, float* y,
                           const ImageLayerShape& shape) {
  const Pixel d;
  hn::Vec<Pixel> sums[pixels][pixelVectors];
#pragma GCC unroll 8
  for (std::int64_t p = 0; p < pixels; ++p)
    for (std::int64_t v = 0; v < pixelVectors; ++v) sums[p][v] = hn::LoadU(d, bias + v * pixelLanes);
  for (std::int64_t c = 0; c < shape.inChannels; ++c)
    for (std::int64_t v = 0; v < pixelVectors; ++v) {
      const auto weight = hn::LoadU(d, weights + c * maxImageChannels + v * pixelLanes);
#pragma GCC unroll 8
      for (std::int64_t p = 0; p < pixels; ++p)
        sums[p][v] = hn::MulAdd(hn::Set(d, x[p * shape.inChannels + c]), weight, sums[p][v]);
    }
  const auto slope = hn::Set(d, shape.slope);
#pragma GCC unroll 8
  for (std::int64_t p = 0; p < pixels; ++p)
    for (std::int64_t v = 0; v < pixelVectors; ++v)
      hn::StoreU(hn::Max(sums[p][v], hn::Mul(sums[p][v], slope)), d, y + p * shape.outputs + v * pixelLanes);
}

HWY_ATTR void imagePixels(const float* x, const float* weights, const float* bias, float* y,
                          const ImageLayerShape& shape, ParallelFor parallelFor) {
  constexpr std::int64_t block = 256;
  parallelFor((shape.pixels + block - 1) / block, [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
    for (std::int64_t first = begin * block; first < std::min(shape.pixels, end * block); first += block) {
      const std::int64_t last = std::min(shape.pixels, first + block);
      std::int64_t p = first;
      // What is written beyond the outputs of a pixel is overwritten by the next ones, which are of this
      // block.
      for (; p + run + maxImageChannels <= last; p += run)
        somePixels<run>(x + p * shape.inChannels, weights, bias, y + p * shape.outputs, shape);
      for (; p < last; ++p) {
        float sums[maxImageChannels];
        somePixels<1>(x + p * shape.inChannels, weights, bias, sums, shape);
        std::copy_n(sums, shape.outputs, y + p * shape.outputs);
      }
    }
  });
}

}  // namespace cut::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cut::cpu {

HWY_EXPORT(imagePixels);

void imageLayer(const float* x, const float* weights, const float* bias, float* y,
                const ImageLayerShape& shape, ParallelFor parallelFor) noexcept {
  HWY_DYNAMIC_DISPATCH(imagePixels)(x, weights, bias, y, shape, parallelFor);
}

}  // namespace cut::cpu
#endif
