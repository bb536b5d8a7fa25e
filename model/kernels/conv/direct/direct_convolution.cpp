// SPDX-License-Identifier: MIT
#include "kernels/conv/direct/direct_convolution.hpp"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/conv/direct/direct_convolution.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/conv/direct/direct_rows-inl.hpp"

#ifndef CUT_CPU_DIRECT_CONVOLUTION_ONCE
#define CUT_CPU_DIRECT_CONVOLUTION_ONCE
namespace cut::cpu {

// Cache blocking. Where a layer has more weights than inputs, an item reads a few panels of weights once for
// several rows; elsewhere an item is one row with all panels.
struct DirectBlocks {
  DirectBlocks(const DirectShape& shape, std::int64_t maxPanels) {
    const std::int64_t allPanels = shape.outChannels / channelGroup;
    const std::int64_t inputs = ((shape.outHeight - 1) * shape.stride + shape.kernelHeight) * shape.inRow;
    const bool weightsFirst = shape.weights() > inputs;
    rows = weightsFirst ? 8 : 1;
    panels = weightsFirst ? maxPanels : allPanels;
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

HWY_ATTR void convolveDirectly(const float* x, const float* weights, const float* bias, float* y,
                               const DirectShape& shape, ParallelFor parallelFor) {
  const DirectBlocks blocks(shape, maxPanels);
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
