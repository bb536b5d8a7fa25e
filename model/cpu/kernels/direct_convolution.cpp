#include "cpu/kernels/direct_convolution.hpp"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/kernels/direct_convolution.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "cpu/kernels/load-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cut::cpu::HWY_NAMESPACE {

constexpr std::int64_t panelVectors = channelGroup / laneCount;
// Accumulators that leave registers for weights and inputs: 24 of 32 with AVX-512, 12 of 16 elsewhere.
constexpr std::int64_t mostPanels = laneCount == 16 ? 2 : 1;
constexpr std::int64_t mostPixels = laneCount == 16 ? 12 : laneCount == 8 ? 6 : 3;

// `pixels` outputs of `panels` groups of channels, held in registers.
template <std::int64_t pixels, std::int64_t panels>
HWY_INLINE void pixelsTimesPanels(const float* x, const float* weights, const float* bias, float* y,
                                  const DirectShape& shape) {
  const Floats d;
  constexpr std::int64_t vectors = panels * panelVectors;
  const std::int64_t line = shape.kernelWidth * shape.inChannels;
  const std::int64_t panelSize = line * shape.kernelHeight * channelGroup;
  const std::int64_t step = shape.stride * shape.inChannels;
  Vec sums[pixels][vectors];
  for (std::int64_t v = 0; v < vectors; ++v)
    for (std::int64_t p = 0; p < pixels; ++p) sums[p][v] = hn::LoadU(d, bias + v * laneCount);
  for (std::int64_t i = 0; i < shape.kernelHeight; ++i) {
    const float* in = x + i * shape.inRow;
    for (std::int64_t k = 0; k < line; ++k, weights += channelGroup) {
      Vec w[vectors];
      for (std::int64_t v = 0; v < vectors; ++v)
        w[v] = hn::LoadU(d, weights + v / panelVectors * panelSize + v % panelVectors * laneCount);
#pragma GCC unroll 12
      for (std::int64_t p = 0; p < pixels; ++p) {
        const Vec value = hn::Set(d, in[p * step + k]);
        for (std::int64_t v = 0; v < vectors; ++v) sums[p][v] = hn::MulAdd(value, w[v], sums[p][v]);
      }
    }
  }
  for (std::int64_t p = 0; p < pixels; ++p)
    for (std::int64_t v = 0; v < vectors; ++v)
      hn::StoreU(sums[p][v], d, y + p * shape.outPixel + v * laneCount);
}

template <std::int64_t most, std::int64_t panels>
HWY_INLINE void somePixels(std::int64_t pixels, const float* x, const float* weights, const float* bias,
                           float* y, const DirectShape& shape) {
  if (pixels == most) {
    pixelsTimesPanels<most, panels>(x, weights, bias, y, shape);
  } else if constexpr (most > 1) {
    somePixels<most - 1, panels>(pixels, x, weights, bias, y, shape);
  }
}

template <std::int64_t panels>
HWY_ATTR void rowOfPanels(const float* x, const float* weights, const float* bias, float* y,
                          const DirectShape& shape) {
  const std::int64_t step = shape.stride * shape.inChannels;
  for (std::int64_t p = 0; p < shape.outWidth; p += mostPixels)
    somePixels<mostPixels, panels>(std::min(mostPixels, shape.outWidth - p), x + p * step, weights, bias,
                                   y + p * shape.outPixel, shape);
}

HWY_ATTR void convolveRow(const float* x, const float* weights, const float* bias, float* y,
                          const DirectShape& shape) {
  const std::int64_t panelSize = shape.weights() / shape.outChannels * channelGroup;
  const std::int64_t count = shape.outChannels / channelGroup;
  std::int64_t panel = 0;
  for (; panel + mostPanels <= count; panel += mostPanels)
    rowOfPanels<mostPanels>(x, weights + panel * panelSize, bias + panel * channelGroup,
                            y + panel * channelGroup, shape);
  for (; panel < count; ++panel)
    rowOfPanels<1>(x, weights + panel * panelSize, bias + panel * channelGroup, y + panel * channelGroup,
                   shape);
}

HWY_ATTR void convolveDirectly(const float* x, const float* weights, const float* bias, float* y,
                               const DirectShape& shape, ParallelFor parallelFor) {
  parallelFor(shape.outHeight, [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
    for (std::int64_t row = begin; row < end; ++row)
      convolveRow(x + row * shape.stride * shape.inRow, weights, bias, y + row * shape.outRow, shape);
  });
}

}  // namespace cut::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cut::cpu {

HWY_EXPORT(convolveDirectly);

std::int64_t directWeightAt(const DirectShape& shape, std::int64_t out, std::int64_t in, std::int64_t row,
                            std::int64_t column) noexcept {
  const std::int64_t panel = out / channelGroup;
  const std::int64_t tap = (panel * shape.kernelHeight + row) * shape.kernelWidth + column;
  return (tap * shape.inChannels + in) * channelGroup + out % channelGroup;
}

void directConvolution(const float* x, const float* weights, const float* bias, float* y,
                       const DirectShape& shape, ParallelFor parallelFor) noexcept {
  HWY_DYNAMIC_DISPATCH(convolveDirectly)(x, weights, bias, y, shape, parallelFor);
}

}  // namespace cut::cpu
#endif
