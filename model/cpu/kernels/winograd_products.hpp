// The products in the middle of Winograd's convolutions: for each frequency a block of tiles times the
// weights, in runs of a micro-kernel. Plain code: the micro-kernels belong to an instruction set.
#pragma once

#include <cstdint>
#include <type_traits>

#include "cpu/kernels/norm_relu.hpp"

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
  // What comes next, fetched into the L2 cache meanwhile: as many elements as a panel's weights. Tiles only
  // of fp32: the narrower ones fit that cache beside the weights that pass through it.
  const Element* nextWeights = nullptr;
  const Element* nextIn = nullptr;

  std::int64_t panelSize() const noexcept { return panelElements<Element>(groups); }
};

// `rows` tiles times `panels` panels of 16 outputs, held in registers; at most what it was made for.
template <typename Element>
struct MicroKernel {
  std::int64_t mostRows = 1;
  std::int64_t mostPanels = 1;
  void (*run)(std::int64_t rows, std::int64_t panels, const Product<Element>& product) = nullptr;
};

// A block of transformed tiles, and a chunk of outputs.
template <typename Element>
struct ChunkProducts {
  std::int64_t frequencies;
  const Element* in;      // (frequency, group, tile, 16)
  std::int64_t inStride;  // elements between frequencies
  std::int64_t tiles;
  std::int64_t inChannels;
  const Element* weights;  // (frequency, panel, panel's size)
  std::int64_t channels;   // of the chunk
  float* out;              // (frequency, tile, chunkChannels)
  std::int64_t outStride;  // floats between frequencies
};

// Some panels of one frequency, in groups of tiles of nearly equal size: full ones and a short rest would
// leave the multipliers waiting for the rest. nextIn is null where the next frequency's tiles are on their
// way. product is left behind its tiles.
template <typename Element>
void multiplyTiles(const MicroKernel<Element>& kernel, std::int64_t panels, std::int64_t tiles,
                   Product<Element>& product, const Element* nextIn) {
  const std::int64_t parts = (tiles + kernel.mostRows - 1) / kernel.mostRows;
  const std::int64_t rows = tiles / parts, longer = tiles % parts;  // the first `longer` ones have one more
  const Element* next = product.weights + panels * product.panelSize();
  const std::int64_t fetched = product.groups * channelGroup * channelGroup;  // by a run
  for (std::int64_t part = 0; part < parts; ++part) {
    const std::int64_t taken = rows + (part < longer ? 1 : 0);
    // Spread over the first groups; the others touch what is there already.
    product.nextWeights = part < panels ? next + part * product.panelSize() : product.weights;
    product.nextIn = nextIn ? nextIn + part * fetched : product.in;
    kernel.run(taken, panels, product);
    product.in += taken * channelGroup;
    product.out += taken * chunkChannels;
  }
}

template <typename Element>
void multiplyChunk(const MicroKernel<Element>& kernel, const ChunkProducts<Element>& chunk) {
  const std::int64_t panels = chunk.channels / channelGroup;
  const std::int64_t panelSize = panelElements<Element>(chunk.inChannels / channelGroup);
  for (std::int64_t f = 0; f < chunk.frequencies; ++f)
    for (std::int64_t panel = 0; panel < panels;) {
      const std::int64_t together = panel + kernel.mostPanels <= panels ? kernel.mostPanels : 1;
      Product<Element> product{chunk.in + f * chunk.inStride, chunk.tiles * channelGroup,
                               chunk.inChannels / channelGroup,
                               chunk.weights + (f * panels + panel) * panelSize,
                               chunk.out + f * chunk.outStride + panel * channelGroup};
      const Element* next = chunk.in + (f + 1 < chunk.frequencies ? f + 1 : 0) * chunk.inStride;
      multiplyTiles(kernel, together, chunk.tiles, product, panel == 0 ? next : nullptr);
      panel += together;
    }
}

}  // namespace cut::cpu
