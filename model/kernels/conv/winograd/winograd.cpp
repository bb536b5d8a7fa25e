// SPDX-License-Identifier: MIT
#include "kernels/conv/winograd/winograd.hpp"

#include <algorithm>
#include <type_traits>

#include "kernels/base/cpu_features.hpp"
#include "kernels/conv/convolution.hpp"
#include "kernels/conv/winograd/winograd_gemm.hpp"
#include "kernels/norm/partial_moments.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/conv/winograd/winograd.cpp"
#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/base/simd-inl.hpp"
#include "kernels/conv/winograd/winograd_transforms-inl.hpp"

#ifndef CUT_CPU_WINOGRAD_ONCE
#define CUT_CPU_WINOGRAD_ONCE
namespace cut::cpu {

// Cache blocking: tiles per block, which share one pass over the weights. A block's transformed inputs and
// products must fit the caches. Where weights are far larger than those, reading them costs most, so a block
// has more tiles, provided that its products leave half of the L2 cache free.
constexpr std::int64_t tilesPerBlock = 24;
constexpr std::int64_t tilesPerBlockLargeWeights = 64;
constexpr std::int64_t largeWeightsBytes = std::int64_t{12} << 20;
constexpr std::int64_t tilesPerBlockInt8 = 16;

std::int64_t maxTilesPerBlock(const WinogradShape& shape) {
  constexpr std::int64_t size = sizeof(float);
  if (shape.computeType == ComputeType::int8) return tilesPerBlockInt8;
  if (shape.weights() * size < largeWeightsBytes) return tilesPerBlock;
  const std::int64_t products = shape.tileElements() * tilesPerBlockLargeWeights * chunkChannels * size;
  return products <= l2CacheBytes() / 2 ? tilesPerBlockLargeWeights : tilesPerBlock;
}

// How the tiles of a map are divided into blocks, and the scratch memory of a block.
struct WinogradBlocking {
  WinogradBlocking(const WinogradShape& shape, std::int64_t threads)
      : tileElements(shape.tileElements()), tiles(shape.tiles()) {
    const std::int64_t perRound = threads * maxTilesPerBlock(shape);
    blocks = std::min(tiles, (tiles + perRound - 1) / perRound * threads);
    const std::int64_t perBlock = (tiles + blocks - 1) / blocks;
    // The strides are odd numbers of cache lines, so that tile elements do not map to the same cache sets.
    inStride = perBlock * shape.inChannels / shape.perFloat() + 3 * channelGroup;
    outStride = perBlock * chunkChannels + 3 * channelGroup;
  }

  std::int64_t begin(std::int64_t block) const { return tiles * block / blocks; }
  std::int64_t scratch() const { return tileElements * (inStride + outStride); }

  std::int64_t tileElements;
  std::int64_t tiles;
  std::int64_t blocks;
  std::int64_t inStride;   // floats between tile elements of the transformed input: (group, tile, 16 values)
  std::int64_t outStride;  // floats between tile elements of the products: (tile, chunkChannels)
};

}  // namespace cut::cpu
#endif

HWY_BEFORE_NAMESPACE();
namespace cut::cpu::HWY_NAMESPACE {

// Input channels between two prefetches of the spread kind: with AVX-512 a run has twice the panels and
// tiles.
constexpr std::int64_t prefetchPeriod = laneCount == 16 ? 2 : 4;

// The accumulators of a run, in registers: loops over them are unrolled, because an array that is indexed by
// a variable would live in memory.
template <std::int64_t rows, std::int64_t panels>
struct Accumulators {
  static constexpr std::int64_t vectors = panels * panelVectors;

  HWY_INLINE Accumulators() {
#pragma GCC unroll 12
    for (std::int64_t r = 0; r < rows; ++r)
#pragma GCC unroll 2
      for (std::int64_t v = 0; v < vectors; ++v) sums[r][v] = hn::Zero(Floats());
  }

  // in: of the first tile.
  HWY_INLINE void add(const float* in, const float* weights, std::int64_t panelSize) {
    const Floats d;
    Vec w[vectors];
    for (std::int64_t v = 0; v < vectors; ++v)
      w[v] = hn::Load(d, weights + v / panelVectors * panelSize + v % panelVectors * laneCount);
#pragma GCC unroll 12
    for (std::int64_t r = 0; r < rows; ++r) {
      const Vec value = hn::Set(d, in[r * channelGroup]);
      for (std::int64_t v = 0; v < vectors; ++v) sums[r][v] = hn::MulAdd(value, w[v], sums[r][v]);
    }
  }

  HWY_INLINE void store(float* out) const {
#pragma GCC unroll 12
    for (std::int64_t r = 0; r < rows; ++r)
#pragma GCC unroll 2
      for (std::int64_t v = 0; v < vectors; ++v)
        hn::Store(sums[r][v], Floats(), out + r * chunkChannels + v * laneCount);
  }

  Vec sums[rows][vectors];
};

template <std::int64_t rows, std::int64_t panels, bool spread>
HWY_INLINE void multiply(const MicrokernelArgs<float>& args) {
  // Without spreading, a line of both streams is prefetched with each input channel.
  constexpr std::int64_t period = spread ? prefetchPeriod : 1;
  const std::int64_t panelSize = args.panelSize();
  const std::int64_t weightsStep = spread ? args.weightsStep : channelGroup;
  const std::int64_t inStep = spread ? args.inStep : channelGroup;
  const float* HWY_RESTRICT weights = args.weights;
  const float* nextWeights = args.nextWeights;
  const float* nextIn = args.nextIn;
  Accumulators<rows, panels> sums;
  for (std::int64_t g = 0; g < args.groups; ++g) {
    const float* HWY_RESTRICT in = args.in + g * args.inGroup;
    for (std::int64_t k = 0; k < channelGroup; k += period) {
#pragma GCC unroll 4
      for (std::int64_t i = 0; i < period; ++i, weights += channelGroup) {
        if (i == 0) __builtin_prefetch(nextWeights, 0, 2);
        if (i == period / 2) __builtin_prefetch(nextIn, 0, 2);
        sums.add(in + k + i, weights, panelSize);
      }
      nextWeights += weightsStep;
      nextIn += inStep;
    }
  }
  sums.store(args.out);
}

template <std::int64_t max, std::int64_t panels>
HWY_INLINE void multiplyRows(std::int64_t rows, const MicrokernelArgs<float>& args) {
  if (rows == max) {
    args.weightsStep > 0 ? multiply<max, panels, true>(args) : multiply<max, panels, false>(args);
  } else if constexpr (max > 1) {
    multiplyRows<max - 1, panels>(rows, args);
  }
}

HWY_ATTR void fp32Microkernel(std::int64_t rows, std::int64_t panels, const MicrokernelArgs<float>& args) {
  panels == maxPanels ? multiplyRows<maxRows, maxPanels>(rows, args) : multiplyRows<maxRows, 1>(rows, args);
}

// The tiles [begin, end) of one call.
struct Block {
  const WinogradShape& shape;
  const WinogradBlocking& blocking;
  std::int64_t begin;
  std::int64_t end;
  const Epilogue& epilogue;
  float* in;   // transformed input
  float* out;  // products

  template <typename Element>
  std::int64_t inStride() const {
    return blocking.inStride * (std::int64_t{sizeof(float)} / std::int64_t{sizeof(Element)});
  }
};

// The quantization scales of int8 inputs.
struct InputScales {
  InputScales(const WinogradShape& shape, const float* weights)
      : channels(weights), tileElements(weights + shape.inChannels) {}

  const float* channels;
  const float* tileElements;
};

template <bool normalise, bool scaled>
struct ScaledLoader {
  HWY_INLINE ScaledLoader(const NormRelu& norm, const float* factors, std::int64_t c) : load(norm, c) {
    if constexpr (scaled) factor = hn::LoadU(Floats(), factors + c);
  }

  HWY_INLINE Vec operator()(const float* x) const {
    if constexpr (!scaled) return load(x);
    return hn::Mul(load(x), factor);
  }

  Loader<normalise> load;
  Vec factor;
};

template <bool normalise, typename Tile, typename Element>
HWY_ATTR void transformInputs(const float* x, const NormRelu& norm, const Block& block,
                              const InputScales& scales, Element* to) {
  const WinogradShape& shape = block.shape;
  const StoredMap map = StoredMap::input(shape);
  const std::int64_t tiles = block.end - block.begin;
  for (std::int64_t t = 0; t < tiles; ++t) {
    const Tile tile(shape, block.begin + t);
    for (std::int64_t part = 0, c = 0; part < map.parts; ++part) {
      const float* piece = x + map.pieceAt(part);
      for (const float* end = piece + map.channels; piece < end; piece += laneCount, c += laneCount) {
        const ScaledLoader<normalise, std::is_same_v<Element, std::uint8_t>> load(norm, scales.channels, c);
        const TransformedTile<Element> out{
            to + (c / channelGroup * tiles + t) * channelGroup + c % channelGroup, block.inStride<Element>(),
            scales.tileElements};
        if (tile.inside)
          transformInput<true>(piece, tile, load, out);
        else
          transformInput<false>(piece, tile, load, out);
      }
    }
  }
}

template <bool nonTemporal, typename Transform, typename Stage>
HWY_INLINE void storeTile(const Block& block, std::int64_t t, std::int64_t c, const Stage& stage,
                          const OutputTile& tile, float* y) {
  const float* products = block.out + t * chunkChannels + c;
  tile.pixels() == Transform::side* Transform::side
      ? transformOutput<true, nonTemporal, Transform>(products, block.blocking.outStride, stage, tile, y)
      : transformOutput<false, nonTemporal, Transform>(products, block.blocking.outStride, stage, tile, y);
}

template <bool nonTemporal, typename Transform>
HWY_ATTR void transformOutputs(const Block& block, std::int64_t first, std::int64_t channels,
                               const float* bias, float* y, float* statistics) {
  const std::int64_t tiles = block.end - block.begin;
  const std::int64_t outChannels = block.shape.outChannels;
  for (std::int64_t t = 0; t < tiles; ++t) {
    const OutputTile tile(block.shape, block.begin + t);
    for (std::int64_t c = 0; c < channels; c += laneCount) {
      float* moments = statistics ? statistics + (block.begin + t) * 2 * outChannels + first + c : nullptr;
      const BiasAndMoments stage(bias + first + c, moments, outChannels);
      storeTile<nonTemporal, Transform>(block, t, c, stage, tile, y + first + c);
    }
  }
  if constexpr (nonTemporal) hwy::FlushStream();
}

// The same with an epilogue.
template <bool nonTemporal>
HWY_ATTR void transformOutputsWithEpilogue(const Block& block, std::int64_t first, std::int64_t channels,
                                           const float* bias, float* y) {
  const StoredMap map = StoredMap::output(block.shape);
  const Epilogue& epilogue = block.epilogue;
  for (std::int64_t t = 0; t < block.end - block.begin; ++t) {
    const OutputTile tile(block.shape, block.begin + t);
    const NoiseTile noiseTile(block.shape, block.begin + t);
    for (std::int64_t c = 0; c < channels; c += laneCount) {
      const std::int64_t channel = first + c, part = map.parts == 1 ? 0 : channel / map.channels;
      const float* noise = epilogue.noise;
      if (noise) noise += noiseTile.first + part / 2 * noiseTile.line + part % 2;
      const EpilogueStage stage(bias + channel, epilogue, noise, noiseTile);
      storeTile<nonTemporal, SixBySix>(block, t, c, stage, tile,
                                       y + map.pieceAt(part) + channel - part * map.channels);
    }
  }
  if constexpr (nonTemporal) hwy::FlushStream();
}

// Non-temporal stores pay only for whole cache lines: each part of one would be a memory write of its own.
// What an epilogue has just read is in the cache.
bool usesNonTemporalStores(const WinogradShape& shape, const Epilogue& epilogue, const float* y) {
  const std::int64_t rows = shape.band.tileRows > 0 ? shape.band.tileRows * shape.side() : shape.height;
  return laneCount == channelGroup && rows * shape.width * shape.outChannels >= nonTemporalThreshold &&
         epilogue.beta == 0 && reinterpret_cast<std::uintptr_t>(y) % (channelGroup * sizeof(float)) == 0;
}

template <typename Transform, typename Element>
HWY_ATTR void convolveBlock(const Microkernel<Element>& kernel, const float* x, const NormRelu& norm,
                            const float* packed, const float* bias, float* y, float* statistics,
                            const Block& block) {
  const WinogradShape& shape = block.shape;
  const InputScales scales(shape, packed);
  const auto* weights = reinterpret_cast<const Element*>(packed + shape.scales());
  auto* in = reinterpret_cast<Element*>(block.in);
  if (shape.upsample2x)
    norm.mean ? transformInputs<true, UpsampledTile<Transform>>(x, norm, block, scales, in)
              : transformInputs<false, UpsampledTile<Transform>>(x, norm, block, scales, in);
  else
    norm.mean ? transformInputs<true, InputTile<Transform>>(x, norm, block, scales, in)
              : transformInputs<false, InputTile<Transform>>(x, norm, block, scales, in);
  const std::int64_t panelRow =
      shape.tileElements() * panelElements<Element>(shape.inChannels / channelGroup);
  for (std::int64_t first = 0; first < shape.outChannels; first += chunkChannels) {
    const std::int64_t channels = std::min(chunkChannels, shape.outChannels - first);
    gemmChunk<Element>(kernel, {shape.tileElements(), in, block.inStride<Element>(), block.end - block.begin,
                                shape.inChannels, weights + first / channelGroup * panelRow, channels,
                                block.out, block.blocking.outStride});
    const bool nonTemporal = usesNonTemporalStores(shape, block.epilogue, y);
    if (!block.epilogue.isEmpty() || shape.depthToSpace)
      nonTemporal ? transformOutputsWithEpilogue<true>(block, first, channels, bias, y)
                  : transformOutputsWithEpilogue<false>(block, first, channels, bias, y);
    else
      nonTemporal ? transformOutputs<true, Transform>(block, first, channels, bias, y, statistics)
                  : transformOutputs<false, Transform>(block, first, channels, bias, y, statistics);
  }
}

HWY_ATTR void convolveAs(const float* x, const NormRelu& norm, const float* weights, const float* bias,
                         float* y, float* statistics, const Block& block) {
  switch (block.shape.computeType) {
    case ComputeType::fp32:
      return convolveBlock<SixBySix>(Microkernel<float>{maxRows, maxPanels, fp32Microkernel, prefetchPeriod},
                                     x, norm, weights, bias, y, statistics, block);
    case ComputeType::bf16:
      return convolveBlock<SixBySix>(bf16Microkernel(), x, norm, weights, bias, y, statistics, block);
    case ComputeType::int8:
      return convolveBlock<FourByFour>(int8Microkernel(), x, norm, weights, bias, y, statistics, block);
    case ComputeType::bf16x3:  // only in AMX convolutions
      return;
  }
}

HWY_ATTR void convolve(const float* x, const NormRelu& norm, const float* weights, const float* bias,
                       float* y, const WinogradShape& shape, float* statistics, float* scratch,
                       std::int64_t threads, ParallelFor parallelFor, const Epilogue& epilogue) {
  const WinogradBlocking blocking(shape, threads);
  parallelForDynamic(threads, blocking.blocks, parallelFor, [&](std::int64_t slot, std::int64_t b) HWY_ATTR {
    float* in = scratch + slot * blocking.scratch();
    convolveAs(x, norm, weights, bias, y, statistics,
               {shape, blocking, blocking.begin(b), blocking.begin(b + 1), epilogue, in,
                in + blocking.tileElements * blocking.inStride});
  });
}

}  // namespace cut::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cut::cpu {
HWY_EXPORT(convolve);

std::int64_t WinogradShape::weights() const noexcept {
  const std::int64_t groups = inChannels / channelGroup;
  const std::int64_t panel =
      computeType == ComputeType::int8 ? panelElements<std::uint8_t>(groups) : panelElements<float>(groups);
  return scales() + tileElements() * outChannels / channelGroup * panel / perFloat();
}

std::int64_t winogradScratch(const WinogradShape& shape, std::int64_t threads) noexcept {
  return WinogradBlocking(shape, threads).scratch() * threads;
}

std::int64_t winogradStatistics(const WinogradShape& shape) noexcept {
  return shape.tiles() * 2 * shape.outChannels;
}

void winograd(const float* x, const NormRelu& norm, const float* weights, const float* bias, float* y,
              const WinogradShape& shape, float* statistics, float* scratch, std::int64_t threads,
              ParallelFor parallelFor, const Epilogue& epilogue) noexcept {
  HWY_DYNAMIC_DISPATCH(convolve)
  (x, norm, weights, bias, y, shape, statistics, scratch, threads, parallelFor, epilogue);
}

void winogradMoments(const float* statistics, const WinogradShape& shape, float eps, float* mean,
                     float* invStd, ParallelFor parallelFor) noexcept {
  const auto pixels = [&](std::int64_t tile) {
    const std::int64_t row = tile / shape.tilesX() * shape.side(),
                       column = tile % shape.tilesX() * shape.side();
    return std::min(shape.side(), shape.height - row) * std::min(shape.side(), shape.width - column);
  };
  mergePartialMoments(statistics, shape.tiles(), pixels, shape.outChannels, eps, mean, invStd, parallelFor);
}

}  // namespace cut::cpu
#endif
