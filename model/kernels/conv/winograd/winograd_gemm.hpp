// SPDX-License-Identifier: MIT
// The batched GEMM in the middle of a Winograd convolution: for each element of the transformed tiles, a
// block of tiles times the weights, by calls of a microkernel. Independent of the instruction set; the
// microkernels are not.
#pragma once

#include <cstdint>
#include <type_traits>

#include "kernels/base/feature_map.hpp"

namespace cut::cpu {

// Output channels of a block between two output transforms: their products stay in the L2 cache.
inline constexpr std::int64_t chunkChannels = 64;

// Elements in front of a panel's weights: Int8PanelHeader for int8.
template <typename Element>
inline constexpr std::int64_t headerElements = std::is_same_v<Element, std::uint8_t> ? 128 : 0;

// int8 inputs are stored with this added, because AVX512-VNNI multiplies unsigned inputs by signed weights.
inline constexpr int int8ZeroPoint = 128;

// What dequantizes the int32 sums of a panel's 16 outputs: scale * (offset + sum).
struct alignas(64) Int8PanelHeader {
  float scale[channelGroup];
  std::int32_t offset[channelGroup];  // -int8ZeroPoint times the sum of an output's weights
};
static_assert(sizeof(Int8PanelHeader) == headerElements<std::uint8_t>);

// Elements of a panel: the weights from `groups` groups of 16 input channels to 16 outputs.
template <typename Element>
constexpr std::int64_t panelElements(std::int64_t groups) noexcept {
  return headerElements<Element> + groups * channelGroup * channelGroup;
}

// The arguments of one microkernel call. Element is float, std::uint16_t for bf16 or std::uint8_t for int8.
template <typename Element>
struct MicrokernelArgs {
  const Element* in = nullptr;       // (groups, tiles, 16)
  std::int64_t inGroup = 0;          // elements between groups
  std::int64_t groups = 0;           // of 16 input channels
  const Element* weights = nullptr;  // a panel: header, then (inChannels / n, 16, n); n is 1, 2 or 4
  float* out = nullptr;              // (tile, chunkChannels)
  // Prefetched into the L2 cache for later calls: a cache line of both streams with each input channel; or,
  // where the steps (elements) are not 0, a line every Microkernel::prefetchPeriod input channels.
  const Element* nextWeights = nullptr;
  const Element* nextIn = nullptr;
  std::int64_t weightsStep = 0;
  std::int64_t inStep = 0;

  std::int64_t panelSize() const noexcept { return panelElements<Element>(groups); }
};

// Multiplies `rows` tiles by `panels` panels of 16 outputs, with all accumulators in registers.
template <typename Element>
struct Microkernel {
  std::int64_t maxRows = 1;
  std::int64_t maxPanels = 1;
  void (*run)(std::int64_t rows, std::int64_t panels, const MicrokernelArgs<Element>& args) = nullptr;
  std::int64_t prefetchPeriod = 0;  // 0: it ignores steps and does not prefetch tiles
};

// Accumulates in fp32. Requires haveBf16().
Microkernel<std::uint16_t> bf16Microkernel() noexcept;

// Accumulates in int32, without saturation, and dequantizes. Weights are signed. Requires haveInt8().
Microkernel<std::uint8_t> int8Microkernel() noexcept;

// The operands of a batched GEMM: a block of transformed tiles times the weights to a chunk of outputs.
template <typename Element>
struct ChunkGemm {
  std::int64_t tileElements;
  const Element* in;      // (element, group, tile, 16)
  std::int64_t inStride;  // elements between tile elements
  std::int64_t tiles;
  std::int64_t inChannels;
  const Element* weights;  // (element, panel, panelElements)
  std::int64_t channels;   // of the chunk
  float* out;              // (element, tile, chunkChannels)
  std::int64_t outStride;  // floats between tile elements
};

// What microkernel calls prefetch while they multiply panels of one tile element: the next panels, and their
// share of the tiles of the next element. Prefetches are spread evenly over the calls where there are few
// enough lines, because each occupies a line fill buffer, which L1 misses need as well, for a memory latency.
// Elsewhere the first calls prefetch everything.
template <typename Element>
class Prefetch {
 public:
  // For the panels [panel, panel + together) of the chunk, in `parts` calls.
  Prefetch(const Microkernel<Element>& kernel, const ChunkGemm<Element>& chunk, std::int64_t e,
           std::int64_t panel, std::int64_t together, std::int64_t parts)
      : panels_(together), firstPanels_(panel == 0) {
    const std::int64_t inputs = chunk.inChannels, all = chunk.channels / channelGroup;
    nextTiles_ = chunk.in + (e + 1 < chunk.tileElements ? e + 1 : 0) * chunk.inStride;
    if (kernel.prefetchPeriod == 0) return;
    const std::int64_t times = inputs / kernel.prefetchPeriod;
    const std::int64_t tiles = inputs * chunk.tiles * together / all;
    const auto share = [&](std::int64_t elements) { return (elements + parts - 1) / parts; };
    const auto step = [&](std::int64_t elements) { return (share(elements) + times - 1) / times; };
    const std::int64_t weightsStep = step(together * inputs * channelGroup), inStep = step(tiles);
    if (weightsStep > channelGroup || inStep > channelGroup) return;
    nextTiles_ += inputs * chunk.tiles * panel / all;
    weightsStep_ = weightsStep;
    inStep_ = inStep;
    weightsShare_ = share(together * inputs * channelGroup);
    inShare_ = share(tiles);
  }

  void put(std::int64_t part, const Element* nextPanels, MicrokernelArgs<Element>& args) const {
    args.weightsStep = weightsStep_;
    args.inStep = inStep_;
    if (weightsStep_ > 0) {
      args.nextWeights = nextPanels + part * weightsShare_;
      args.nextIn = nextTiles_ + part * inShare_;
      return;
    }
    const std::int64_t fetched = args.groups * channelGroup * channelGroup;  // by one call
    args.nextWeights = part < panels_ ? nextPanels + part * args.panelSize() : args.weights;
    args.nextIn = firstPanels_ ? nextTiles_ + part * fetched : args.in;
  }

 private:
  std::int64_t panels_;
  bool firstPanels_;
  const Element* nextTiles_ = nullptr;
  std::int64_t weightsStep_ = 0, inStep_ = 0, weightsShare_ = 0, inShare_ = 0;
};

// Multiplies panels of one tile element, in runs of nearly equal numbers of tiles: full runs and a short last
// one would keep the multipliers idle in the last.
template <typename Element>
void gemmPanels(const Microkernel<Element>& kernel, const ChunkGemm<Element>& chunk, std::int64_t e,
                std::int64_t panel, std::int64_t together) {
  const std::int64_t groups = chunk.inChannels / channelGroup, panels = chunk.channels / channelGroup;
  const std::int64_t parts = (chunk.tiles + kernel.maxRows - 1) / kernel.maxRows;
  const std::int64_t rows = chunk.tiles / parts, longer = chunk.tiles % parts;  // so many have one more
  MicrokernelArgs<Element> args{chunk.in + e * chunk.inStride, chunk.tiles * channelGroup, groups,
                                chunk.weights + (e * panels + panel) * panelElements<Element>(groups),
                                chunk.out + e * chunk.outStride + panel * channelGroup};
  const Element* nextPanels = args.weights + together * args.panelSize();
  const Prefetch<Element> prefetch(kernel, chunk, e, panel, together, parts);
  for (std::int64_t part = 0; part < parts; ++part) {
    const std::int64_t taken = rows + (part < longer ? 1 : 0);
    prefetch.put(part, nextPanels, args);
    kernel.run(taken, together, args);
    args.in += taken * channelGroup;
    args.out += taken * chunkChannels;
  }
}

template <typename Element>
void gemmChunk(const Microkernel<Element>& kernel, const ChunkGemm<Element>& chunk) {
  const std::int64_t panels = chunk.channels / channelGroup;
  for (std::int64_t e = 0; e < chunk.tileElements; ++e)
    for (std::int64_t panel = 0; panel < panels;) {
      const std::int64_t together = panel + kernel.maxPanels <= panels ? kernel.maxPanels : 1;
      gemmPanels(kernel, chunk, e, panel, together);
      panel += together;
    }
}

}  // namespace cut::cpu
