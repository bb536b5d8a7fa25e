// SPDX-License-Identifier: MIT
// The microkernels of direct convolutions: accumulators for a run of pixels by panels of 16 outputs, in
// registers. Included once per target, which is why its guard toggles.
#if defined(CUT_CPU_DIRECT_ROWS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef CUT_CPU_DIRECT_ROWS_INL
#undef CUT_CPU_DIRECT_ROWS_INL
#else
#define CUT_CPU_DIRECT_ROWS_INL
#endif

#include <hwy/highway.h>

#include "kernels/base/simd-inl.hpp"
#include "kernels/conv/direct/direct_convolution.hpp"

HWY_BEFORE_NAMESPACE();
namespace cut::cpu::HWY_NAMESPACE {

// Half a panel, for outputs whose last half panel is channel padding.
using Half = hn::CappedTag<float, channelGroup / 2>;
constexpr std::int64_t halfLanes = static_cast<std::int64_t>(hn::MaxLanes(Half()));

// Accumulators of `vectors` vectors for each of `pixels` pixels, in registers.
template <class D, std::int64_t pixels, std::int64_t vectors>
struct Accumulators {
  static constexpr std::int64_t lanes = static_cast<std::int64_t>(hn::MaxLanes(D()));

  HWY_INLINE explicit Accumulators(const float* bias) {
#pragma GCC unroll 24
    for (std::int64_t p = 0; p < pixels; ++p)
#pragma GCC unroll 4
      for (std::int64_t v = 0; v < vectors; ++v) values[p][v] = hn::LoadU(D(), bias + v * lanes);
  }

  HWY_INLINE void loadWeights(const float* at, std::int64_t panelSize) {
    for (std::int64_t v = 0; v < vectors; ++v)
      weights[v] = hn::LoadU(D(), at + v * lanes / channelGroup * panelSize + v * lanes % channelGroup);
  }

  HWY_INLINE void add(std::int64_t pixel, const float* x) {
    const auto value = hn::Set(D(), *x);
    for (std::int64_t v = 0; v < vectors; ++v)
      values[pixel][v] = hn::MulAdd(value, weights[v], values[pixel][v]);
  }

  HWY_INLINE void store(float* y, std::int64_t outPixel, float slope) const {
    const auto below = hn::Set(D(), slope);
#pragma GCC unroll 24
    for (std::int64_t p = 0; p < pixels; ++p)
#pragma GCC unroll 4
      for (std::int64_t v = 0; v < vectors; ++v)
        hn::StoreU(hn::Max(values[p][v], hn::Mul(values[p][v], below)), D(), y + p * outPixel + v * lanes);
  }

  hn::Vec<D> values[pixels][vectors];
  hn::Vec<D> weights[vectors];
};

template <class D, std::int64_t pixels>
struct Accumulators<D, pixels, 0> {
  HWY_INLINE explicit Accumulators(const float*) {}
  HWY_INLINE void loadWeights(const float*, std::int64_t) {}
  HWY_INLINE void add(std::int64_t, const float*) {}
  HWY_INLINE void store(float*, std::int64_t, float) const {}
};

// `panels` whole panels, and half a panel more where `half` is 1.
template <std::int64_t pixels, std::int64_t panels, std::int64_t half>
HWY_INLINE void microkernel(const float* x, const float* weights, const float* bias, float* y,
                            const DirectShape& shape) {
  const std::int64_t line = shape.kernelWidth * shape.inChannels;
  const std::int64_t panelSize = line * shape.kernelHeight * channelGroup;
  const std::int64_t step = shape.stride * shape.inChannels;
  Accumulators<Floats, pixels, panels * panelVectors> whole(bias);
  Accumulators<Half, pixels, half * channelGroup / 2 / halfLanes> rest(bias + panels * channelGroup);
  for (std::int64_t i = 0; i < shape.kernelHeight; ++i) {
    const float* in = x + i * shape.inRow;
    for (std::int64_t k = 0; k < line; ++k, weights += channelGroup) {
      whole.loadWeights(weights, panelSize);
      rest.loadWeights(weights + panels * panelSize, panelSize);
#pragma GCC unroll 24
      for (std::int64_t p = 0; p < pixels; ++p) {
        whole.add(p, in + p * step + k);
        rest.add(p, in + p * step + k);
      }
    }
  }
  whole.store(y, shape.outPixel, shape.slope);
  rest.store(y + panels * channelGroup, shape.outPixel, shape.slope);
}

template <std::int64_t max, std::int64_t panels, std::int64_t half>
HWY_INLINE void somePixels(std::int64_t pixels, const float* x, const float* weights, const float* bias,
                           float* y, const DirectShape& shape) {
  if (pixels == max) {
    microkernel<max, panels, half>(x, weights, bias, y, shape);
  } else if constexpr (max > 1) {
    somePixels<max - 1, panels, half>(pixels, x, weights, bias, y, shape);
  }
}

// Runs are of nearly equal size: full ones and a short last one would keep the multipliers idle in the last.
template <std::int64_t panels, std::int64_t half>
HWY_ATTR void rowOfPanels(const float* x, const float* weights, const float* bias, float* y,
                          const DirectShape& shape) {
  constexpr std::int64_t max = panels == 0 ? 2 * maxRows : maxRows;
  const std::int64_t step = shape.stride * shape.inChannels;
  const std::int64_t runs = (shape.outWidth + max - 1) / max;
  const std::int64_t each = shape.outWidth / runs, longer = shape.outWidth % runs;
  for (std::int64_t run = 0; run < runs; ++run) {
    const std::int64_t pixels = each + (run < longer ? 1 : 0);
    somePixels<max, panels, half>(pixels, x, weights, bias, y, shape);
    x += pixels * step;
    y += pixels * shape.outPixel;
  }
}

// Convolves a row for the panels [panel, end). skipLastHalfPanel refers to the last panel of the shape.
HWY_ATTR inline void convolveRow(const float* x, const float* weights, const float* bias, float* y,
                                 const DirectShape& shape, std::int64_t panel, std::int64_t end) {
  const std::int64_t panelSize = shape.weights() / shape.outChannels * channelGroup;
  const std::int64_t half = shape.skipLastHalfPanel && end == shape.outChannels / channelGroup ? 1 : 0;
  const std::int64_t whole = end - half;
  const auto run = [&](std::int64_t count, const auto& row) HWY_ATTR {
    row(x, weights + panel * panelSize, bias + panel * channelGroup, y + panel * channelGroup, shape);
    panel += count;
  };
  while (panel + maxPanels <= whole) run(maxPanels, rowOfPanels<maxPanels, 0>);
  if constexpr (maxPanels == 2) {
    if (half && panel < whole) return run(2, rowOfPanels<1, 1>);
  }
  while (panel < whole) run(1, rowOfPanels<1, 0>);
  if (half) run(1, rowOfPanels<0, 1>);
}

}  // namespace cut::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
