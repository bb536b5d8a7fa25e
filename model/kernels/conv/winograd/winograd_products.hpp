// The batched GEMM in the middle of a Winograd convolution: for each element of the transformed tiles, a
// block of tiles times the weights, by calls of a microkernel. Independent of the instruction set; the
// microkernels are not.
#pragma once

#include <cstdint>
#include <type_traits>

#include "kernels/norm/norm_relu.hpp"

namespace cut::cpu {

// Outputs that a block makes before it transforms them back: their products stay in the L2 cache.
inline constexpr std::int64_t chunkChannels = 64;

// Elements in a panel before its weights: int8's say what a sum is worth.
template <typename Element>
inline constexpr std::int64_t headOf = std::is_same_v<Element, std::uint8_t> ? 128 : 0;

// Of 16 outputs, from groups of 16 input channels.
template <typename Element>
constexpr std::int64_t panelElements(std::int64_t groups) noexcept {
  return headOf<Element> + groups * channelGroup * channelGroup;
}

// What one run of a micro-kernel reads and writes. Element is float, std::uint16_t for bf16 or std::uint8_t
// for int8.
template <typename Element>
struct Product {
  const Element* in = nullptr;       // (groups, tiles, 16)
  std::int64_t inGroup = 0;          // elements between groups
  std::int64_t groups = 0;           // of 16 input channels
  const Element* weights = nullptr;  // a panel: its head, then (inChannels / n, 16, n), where n is 1, 2 or 4
  float* out = nullptr;              // (tile, chunkChannels)
  // What comes next, fetched into the L2 cache meanwhile: a cache line of both with each input; or, where the
  // steps are not 0, one every so many inputs (MicroKernel's fetchPeriod), so many elements apart.
  const Element* nextWeights = nullptr;
  const Element* nextIn = nullptr;
  std::int64_t weightsStep = 0;
  std::int64_t inStep = 0;

  std::int64_t panelSize() const noexcept { return panelElements<Element>(groups); }
};

// `rows` tiles times `panels` panels of 16 outputs, held in registers; at most what it was made for.
template <typename Element>
struct MicroKernel {
  std::int64_t maxRows = 1;
  std::int64_t maxPanels = 1;
  void (*run)(std::int64_t rows, std::int64_t panels, const Product<Element>& product) = nullptr;
  std::int64_t fetchPeriod = 0;  // 0: it has no steps, and fetches no tiles
};

// A block of transformed tiles, and a chunk of outputs.
template <typename Element>
struct ChunkProducts {
  std::int64_t tileElements;
  const Element* in;      // (element, group, tile, 16)
  std::int64_t inStride;  // elements between tile elements
  std::int64_t tiles;
  std::int64_t inChannels;
  const Element* weights;  // (element, panel, panel's size)
  std::int64_t channels;   // of the chunk
  float* out;              // (element, tile, chunkChannels)
  std::int64_t outStride;  // floats between tile elements
};

// What microkernel calls prefetch while they multiply panels of one tile element: the next panels, and their
// share of the tiles of the next element. Spread evenly where lines are few enough: a fetch holds one of the
// places that misses of the L1 cache need, for as long as memory takes. Else in the first runs; the others
// touch what is there already.
template <typename Element>
class Fetches {
 public:
  // The panels [panel, panel + together) of the chunk's, in `parts` runs.
  Fetches(const MicroKernel<Element>& kernel, const ChunkProducts<Element>& chunk, std::int64_t e,
          std::int64_t panel, std::int64_t together, std::int64_t parts)
      : panels_(together), firstPanels_(panel == 0) {
    const std::int64_t inputs = chunk.inChannels, all = chunk.channels / channelGroup;
    nextTiles_ = chunk.in + (e + 1 < chunk.tileElements ? e + 1 : 0) * chunk.inStride;
    if (kernel.fetchPeriod == 0) return;
    const std::int64_t times = inputs / kernel.fetchPeriod;
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

  void put(std::int64_t part, const Element* nextPanels, Product<Element>& product) const {
    product.weightsStep = weightsStep_;
    product.inStep = inStep_;
    if (weightsStep_ > 0) {
      product.nextWeights = nextPanels + part * weightsShare_;
      product.nextIn = nextTiles_ + part * inShare_;
      return;
    }
    const std::int64_t fetched = product.groups * channelGroup * channelGroup;  // by a run
    product.nextWeights = part < panels_ ? nextPanels + part * product.panelSize() : product.weights;
    product.nextIn = firstPanels_ ? nextTiles_ + part * fetched : product.in;
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
void multiplyTiles(const MicroKernel<Element>& kernel, const ChunkProducts<Element>& chunk, std::int64_t e,
                   std::int64_t panel, std::int64_t together) {
  const std::int64_t groups = chunk.inChannels / channelGroup, panels = chunk.channels / channelGroup;
  const std::int64_t parts = (chunk.tiles + kernel.maxRows - 1) / kernel.maxRows;
  const std::int64_t rows = chunk.tiles / parts, longer = chunk.tiles % parts;  // so many have one more
  Product<Element> product{chunk.in + e * chunk.inStride, chunk.tiles * channelGroup, groups,
                           chunk.weights + (e * panels + panel) * panelElements<Element>(groups),
                           chunk.out + e * chunk.outStride + panel * channelGroup};
  const Element* nextPanels = product.weights + together * product.panelSize();
  const Fetches<Element> fetches(kernel, chunk, e, panel, together, parts);
  for (std::int64_t part = 0; part < parts; ++part) {
    const std::int64_t taken = rows + (part < longer ? 1 : 0);
    fetches.put(part, nextPanels, product);
    kernel.run(taken, together, product);
    product.in += taken * channelGroup;
    product.out += taken * chunkChannels;
  }
}

template <typename Element>
void multiplyChunk(const MicroKernel<Element>& kernel, const ChunkProducts<Element>& chunk) {
  const std::int64_t panels = chunk.channels / channelGroup;
  for (std::int64_t e = 0; e < chunk.tileElements; ++e)
    for (std::int64_t panel = 0; panel < panels;) {
      const std::int64_t together = panel + kernel.maxPanels <= panels ? kernel.maxPanels : 1;
      multiplyTiles(kernel, chunk, e, panel, together);
      panel += together;
    }
}

}  // namespace cut::cpu
