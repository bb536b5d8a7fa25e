// SPDX-License-Identifier: MIT
// The weight transform G w G^T of Winograd convolutions, packed in the order in which the microkernels read
// it.
#include <algorithm>

#include "kernels/conv/winograd/winograd.hpp"
#include "kernels/conv/winograd/winograd_gemm.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/conv/winograd/winograd_weights.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/base/simd-inl.hpp"
#include "kernels/conv/winograd/winograd_matrices-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cut::cpu::HWY_NAMESPACE {

// G w G^T of 16 kernels at once: taps (9, 16) to (span * span, 16).
template <typename Transform>
HWY_ATTR void transformKernels(const float* taps, float* to) {
  const Floats d;
  constexpr std::int64_t span = Transform::span;
  for (std::int64_t lane = 0; lane < channelGroup; lane += laneCount) {
    Vec rows[3][span];  // (column of the kernel, element of the column transform)
    for (std::int64_t j = 0; j < 3; ++j) {
      Vec line[3];
      for (std::int64_t i = 0; i < 3; ++i) line[i] = hn::LoadU(d, taps + (3 * i + j) * channelGroup + lane);
      Transform::kernel(line, rows[j]);
    }
    for (std::int64_t i = 0; i < span; ++i) {
      const Vec line[3] = {rows[0][i], rows[1][i], rows[2][i]};
      Vec out[span];
      Transform::kernel(line, out);
      for (std::int64_t j = 0; j < span; ++j)
        hn::StoreU(out[j], d, to + (span * i + j) * channelGroup + lane);
    }
  }
}

HWY_ATTR void kernelsOfSix(const float* taps, float* to) {
  transformKernels<SixBySix>(taps, to);
}

HWY_ATTR void kernelsOfFour(const float* taps, float* to) {
  transformKernels<FourByFour>(taps, to);
}

}  // namespace cut::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <cmath>
#include <vector>

#include "kernels/conv/convolution.hpp"

namespace cut::cpu {
namespace {

HWY_EXPORT(kernelsOfSix);
HWY_EXPORT(kernelsOfFour);

constexpr std::int64_t maxTileElements = 64;

// The transformed weights from one input channel to 16 outputs: (tile element, output).
using Group = float[maxTileElements][channelGroup];

void gather(const KernelView& kernels, std::int64_t first, std::int64_t in, const WinogradShape& shape,
            Group& to) {
  float taps[9][channelGroup] = {};
  const float* from = kernels.first + first * kernels.outputStride + in * kernels.inputStride;
  for (std::int64_t lane = 0; lane < std::min(channelGroup, kernels.outputs - first) && in < kernels.inputs;
       ++lane)
    for (std::int64_t tap = 0; tap < 9; ++tap)
      taps[tap][lane] = from[lane * kernels.outputStride + tap * kernels.tapStride];
  if (shape.side() == 6)
    HWY_DYNAMIC_DISPATCH(kernelsOfSix)(taps[0], to[0]);
  else
    HWY_DYNAMIC_DISPATCH(kernelsOfFour)(taps[0], to[0]);
}

// Panels are (inChannels, 16) in fp32 and (inChannels / 2, 16, 2) in bf16, whose dot products take pairs of
// inputs.
void put(const Group& even, const Group& odd, std::int64_t e, float* pair) {
  std::copy_n(even[e], channelGroup, pair);
  std::copy_n(odd[e], channelGroup, pair + channelGroup);
}

void put(const Group& even, const Group& odd, std::int64_t e, std::uint16_t* pair) {
  for (std::int64_t lane = 0; lane < channelGroup; ++lane) {
    pair[2 * lane] = toBf16(even[e][lane]);
    pair[2 * lane + 1] = toBf16(odd[e][lane]);
  }
}

// Where a panel begins; the order is (chunk of 64 outputs, tile element, panel of 16 outputs, ...).
template <typename Element>
Element* panelAt(Element* packed, const WinogradShape& shape, std::int64_t panel, std::int64_t e) {
  const std::int64_t first = panel * channelGroup / chunkChannels * (chunkChannels / channelGroup);
  const std::int64_t panels =
      std::min(chunkChannels / channelGroup, shape.outChannels / channelGroup - first);
  return packed + (shape.tileElements() * first + e * panels + panel - first) *
                      panelElements<Element>(shape.inChannels / channelGroup);
}

template <typename Element>
void packPanel(const KernelView& kernels, Element* packed, const WinogradShape& shape, std::int64_t panel) {
  Group even, odd;
  for (std::int64_t in = 0; in < shape.inChannels; in += 2) {
    gather(kernels, panel * channelGroup, in, shape, even);
    gather(kernels, panel * channelGroup, in + 1, shape, odd);
    for (std::int64_t e = 0; e < shape.tileElements(); ++e)
      put(even, odd, e, panelAt(packed, shape, panel, e) + in * channelGroup);
  }
}

// Quantizes the weights of one output and tile element symmetrically to int8; weights (inChannels) are
// strided by 16 floats.
void quantise(const float* weights, std::int64_t inputs, std::int64_t lane, std::uint8_t* panel) {
  auto& head = *reinterpret_cast<Int8PanelHeader*>(panel);
  float largest = 0;
  for (std::int64_t in = 0; in < inputs; ++in)
    largest = std::max(largest, std::abs(weights[in * channelGroup + lane]));
  const float scale = largest > 0 ? largest / 127 : 1;
  std::int32_t sum = 0;
  for (std::int64_t in = 0; in < inputs; ++in) {
    const auto value = static_cast<std::int8_t>(std::lround(weights[in * channelGroup + lane] / scale));
    panel[sizeof(Int8PanelHeader) + (in / 4 * channelGroup + lane) * 4 + in % 4] =
        static_cast<std::uint8_t>(value);
    sum += value;
  }
  head.scale[lane] = scale;
  head.offset[lane] = -int8ZeroPoint * sum;
}

// Inputs are divided by their ranges, so weights are multiplied by them.
void packInt8Panel(const KernelView& kernels, float* packed, const WinogradShape& shape, std::int64_t panel) {
  const std::int64_t count = shape.tileElements();
  std::vector<float> scaled(static_cast<std::size_t>(count * shape.inChannels * channelGroup));
  Group group;
  for (std::int64_t in = 0; in < shape.inChannels; ++in) {
    gather(kernels, panel * channelGroup, in, shape, group);
    for (std::int64_t e = 0; e < count; ++e)
      for (std::int64_t lane = 0; lane < channelGroup; ++lane)
        scaled[static_cast<std::size_t>((e * shape.inChannels + in) * channelGroup + lane)] =
            group[e][lane] / (packed[in] * packed[shape.inChannels + e]);
  }
  auto* panels = reinterpret_cast<std::uint8_t*>(packed + shape.scales());
  for (std::int64_t e = 0; e < count; ++e)
    for (std::int64_t lane = 0; lane < channelGroup; ++lane)
      quantise(scaled.data() + e * shape.inChannels * channelGroup, shape.inChannels, lane,
               panelAt(panels, shape, panel, e));
}

void putScales(const WinogradRanges& ranges, std::int64_t inputs, const WinogradShape& shape, float* to) {
  std::fill_n(to, shape.scales(), 1.0F);
  for (std::int64_t in = 0; in < inputs; ++in) to[in] = 1 / ranges.channels[in];
  for (std::int64_t e = 0; e < shape.tileElements(); ++e)
    to[shape.inChannels + e] = 127 / ranges.tileElements[e];
}

}  // namespace

void winogradWeights(const KernelView& kernels, float* transformed, const WinogradShape& shape,
                     ParallelFor parallelFor, const WinogradRanges& ranges) {
  if (shape.computeType == ComputeType::int8) putScales(ranges, kernels.inputs, shape, transformed);
  parallelFor(shape.outChannels / channelGroup, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t panel = begin; panel < end; ++panel) {
      switch (shape.computeType) {
        case ComputeType::fp32:
          packPanel(kernels, transformed, shape, panel);
          break;
        case ComputeType::bf16:
          packPanel(kernels, reinterpret_cast<std::uint16_t*>(transformed), shape, panel);
          break;
        case ComputeType::int8:
          packInt8Panel(kernels, transformed, shape, panel);
          break;
        case ComputeType::bf16x3:  // only in AMX convolutions
          break;
      }
    }
  });
}

}  // namespace cut::cpu
#endif
