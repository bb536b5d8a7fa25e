#include "cpu/kernels/direct_convolution.hpp"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/kernels/direct_convolution.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "cpu/kernels/load-inl.hpp"

#ifndef CUT_CPU_DIRECT_CONVOLUTION_ONCE
#define CUT_CPU_DIRECT_CONVOLUTION_ONCE
namespace cut::cpu {

// How a layer is cut into items of work. Weights that are more than the rows they meet are read once for many
// rows, the others once a row.
struct DirectBlocks {
  DirectBlocks(const DirectShape& shape, std::int64_t mostPanels) {
    const std::int64_t allPanels = shape.outChannels / channelGroup;
    const std::int64_t inputs = ((shape.outHeight - 1) * shape.stride + shape.kernelHeight) * shape.inRow;
    const bool weightsFirst = shape.weights() > inputs;
    rows = weightsFirst ? 8 : 1;
    panels = weightsFirst ? mostPanels : allPanels;
    rowBlocks = (shape.outHeight + rows - 1) / rows;
    panelBlocks = (allPanels + panels - 1) / panels;
  }

  std::int64_t rows, panels;  // of an item
  std::int64_t rowBlocks, panelBlocks;
};

}  // namespace cut::cpu
#endif

HWY_BEFORE_NAMESPACE();
namespace cut::cpu::HWY_NAMESPACE {

// Of the last panel only these are computed where its other half is of no use.
using Half = hn::CappedTag<float, channelGroup / 2>;
constexpr std::int64_t halfLanes = static_cast<std::int64_t>(hn::MaxLanes(Half()));

// `vectors` of `pixels`, held in registers: their sums, and a multiply-add of one input of each pixel.
template <class D, std::int64_t pixels, std::int64_t vectors>
struct Sums {
  static constexpr std::int64_t lanes = static_cast<std::int64_t>(hn::MaxLanes(D()));

  HWY_INLINE explicit Sums(const float* bias) {
    for (std::int64_t v = 0; v < vectors; ++v)
      for (std::int64_t p = 0; p < pixels; ++p) values[p][v] = hn::LoadU(D(), bias + v * lanes);
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

  HWY_INLINE void store(float* y, std::int64_t outPixel) const {
    for (std::int64_t p = 0; p < pixels; ++p)
      for (std::int64_t v = 0; v < vectors; ++v) hn::StoreU(values[p][v], D(), y + p * outPixel + v * lanes);
  }

  hn::Vec<D> values[pixels][vectors];
  hn::Vec<D> weights[vectors];
};

template <class D, std::int64_t pixels>
struct Sums<D, pixels, 0> {
  HWY_INLINE explicit Sums(const float*) {}
  HWY_INLINE void loadWeights(const float*, std::int64_t) {}
  HWY_INLINE void add(std::int64_t, const float*) {}
  HWY_INLINE void store(float*, std::int64_t) const {}
};

// `panels` whole groups of channels, and half of one more where `half` is 1.
template <std::int64_t pixels, std::int64_t panels, std::int64_t half>
HWY_INLINE void pixelsTimesPanels(const float* x, const float* weights, const float* bias, float* y,
                                  const DirectShape& shape) {
  const std::int64_t line = shape.kernelWidth * shape.inChannels;
  const std::int64_t panelSize = line * shape.kernelHeight * channelGroup;
  const std::int64_t step = shape.stride * shape.inChannels;
  Sums<Floats, pixels, panels * panelVectors> whole(bias);
  Sums<Half, pixels, half * channelGroup / 2 / halfLanes> rest(bias + panels * channelGroup);
  for (std::int64_t i = 0; i < shape.kernelHeight; ++i) {
    const float* in = x + i * shape.inRow;
    for (std::int64_t k = 0; k < line; ++k, weights += channelGroup) {
      whole.loadWeights(weights, panelSize);
      rest.loadWeights(weights + panels * panelSize, panelSize);
#pragma GCC unroll 12
      for (std::int64_t p = 0; p < pixels; ++p) {
        whole.add(p, in + p * step + k);
        rest.add(p, in + p * step + k);
      }
    }
  }
  whole.store(y, shape.outPixel);
  rest.store(y + panels * channelGroup, shape.outPixel);
}

template <std::int64_t most, std::int64_t panels, std::int64_t half>
HWY_INLINE void somePixels(std::int64_t pixels, const float* x, const float* weights, const float* bias,
                           float* y, const DirectShape& shape) {
  if (pixels == most) {
    pixelsTimesPanels<most, panels, half>(x, weights, bias, y, shape);
  } else if constexpr (most > 1) {
    somePixels<most - 1, panels, half>(pixels, x, weights, bias, y, shape);
  }
}

template <std::int64_t panels, std::int64_t half>
HWY_ATTR void rowOfPanels(const float* x, const float* weights, const float* bias, float* y,
                          const DirectShape& shape) {
  constexpr std::int64_t most = panels == 0 ? 2 * mostRows : mostRows;
  const std::int64_t step = shape.stride * shape.inChannels;
  for (std::int64_t p = 0; p < shape.outWidth; p += most)
    somePixels<most, panels, half>(std::min(most, shape.outWidth - p), x + p * step, weights, bias,
                                   y + p * shape.outPixel, shape);
}

// The groups of outputs [panel, end), of which halfOfLast speaks of the shape's last one.
HWY_ATTR void convolveRow(const float* x, const float* weights, const float* bias, float* y,
                          const DirectShape& shape, std::int64_t panel, std::int64_t end) {
  const std::int64_t panelSize = shape.weights() / shape.outChannels * channelGroup;
  const std::int64_t half = shape.halfOfLast && end == shape.outChannels / channelGroup ? 1 : 0;
  const std::int64_t whole = end - half;
  const auto run = [&](std::int64_t count, const auto& row) HWY_ATTR {
    row(x, weights + panel * panelSize, bias + panel * channelGroup, y + panel * channelGroup, shape);
    panel += count;
  };
  while (panel + mostPanels <= whole) run(mostPanels, rowOfPanels<mostPanels, 0>);
  if constexpr (mostPanels == 2) {
    if (half && panel < whole) return run(2, rowOfPanels<1, 1>);
  }
  while (panel < whole) run(1, rowOfPanels<1, 0>);
  if (half) run(1, rowOfPanels<0, 1>);
}

HWY_ATTR void convolveDirectly(const float* x, const float* weights, const float* bias, float* y,
                               const DirectShape& shape, ParallelFor parallelFor) {
  const DirectBlocks blocks(shape, mostPanels);
  parallelFor(blocks.rowBlocks * blocks.panelBlocks, [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
    for (std::int64_t item = begin; item < end; ++item) {
      const std::int64_t panel = item / blocks.rowBlocks * blocks.panels;
      const std::int64_t lastPanel = std::min(panel + blocks.panels, shape.outChannels / channelGroup);
      const std::int64_t first = item % blocks.rowBlocks * blocks.rows;
      for (std::int64_t row = first; row < std::min(first + blocks.rows, shape.outHeight); ++row)
        convolveRow(x + row * shape.stride * shape.inRow, weights, bias, y + row * shape.outRow, shape, panel,
                    lastPanel);
    }
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
