// SPDX-License-Identifier: MIT
#include "kernels/conv/winograd/winograd_gradient.hpp"

#include <algorithm>

#include "kernels/conv/winograd/winograd_gemm.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/conv/winograd/winograd_gradient.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/base/simd-inl.hpp"
#include "kernels/conv/winograd/winograd_transforms-inl.hpp"

#ifndef CUT_CPU_WINOGRAD_GRADIENT_ONCE
#define CUT_CPU_WINOGRAD_GRADIENT_ONCE
namespace cut::cpu {

// Tiles per block: the length of a sum, whose transformed operands the caches must hold.
constexpr std::int64_t maxTilesPerBlock = 128;
// Outputs of a chunk: its sums, for all tile elements and chunkChannels inputs, stay in the L2 cache.
constexpr std::int64_t chunkOutputs = 32;

// How the tiles of a batch are divided into blocks, and the layout of the scratch memory.
struct GradientBlocking {
  GradientBlocking(const WinogradShape& shape, std::int64_t batch)
      : tileElements(shape.tileElements()),
        tiles(batch * shape.tiles()),
        blocks((tiles + maxTilesPerBlock - 1) / maxTilesPerBlock),
        // The strides are odd numbers of cache lines, so that tile elements do not map to the same cache
        // sets.
        inStride((tiles + blocks - 1) / blocks * shape.inChannels + 3 * channelGroup),
        outStride((tiles + blocks - 1) / blocks * shape.outChannels + 3 * channelGroup) {}

  std::int64_t begin(std::int64_t block) const { return tiles * block / blocks; }
  std::int64_t shared() const { return tileElements * (inStride + outStride); }
  std::int64_t chunk() const { return tileElements * chunkStride; }

  static constexpr std::int64_t chunkStride = chunkOutputs * chunkChannels + channelGroup;

  std::int64_t tileElements;
  std::int64_t tiles;
  std::int64_t blocks;
  std::int64_t inStride;   // floats between tile elements of the transformed input: (group, tile, 16)
  std::int64_t outStride;  // the same of the transformed dy
};

}  // namespace cut::cpu
#endif

HWY_BEFORE_NAMESPACE();
namespace cut::cpu::HWY_NAMESPACE {

// The tiles [begin, end) of the batch and their transformed inputs and gradients.
struct GradientBlock {
  const WinogradShape& shape;
  const GradientBlocking& blocking;
  std::int64_t begin;
  std::int64_t end;
  float* in;
  float* out;

  std::int64_t tiles() const { return end - begin; }
};

// The adjoint of the output transform, A dy A^T, of one vector of channels; dy is zero beyond the map.
template <bool whole>
HWY_INLINE void transformGradient(const float* dy, const OutputTile& tile, float* to, std::int64_t stride) {
  const Floats d;
  constexpr std::int64_t side = SixBySix::side, span = SixBySix::span;
  HWY_ALIGN float columns[side][span][laneCount];  // (column, element of the column transform)
  for (std::int64_t j = 0; j < side; ++j) {
    Vec line[side], out[span];
    for (std::int64_t i = 0; i < side; ++i) {
      const bool there = whole || (i < tile.rows && j < tile.columns);
      line[i] = there ? hn::LoadU(d, dy + tile.first + i * tile.row + j * tile.pixel) : hn::Zero(d);
    }
    SixBySix::outputAdjoint(line, out);
    for (std::int64_t i = 0; i < span; ++i) hn::Store(out[i], d, columns[j][i]);
  }
  for (std::int64_t i = 0; i < span; ++i) {
    Vec line[side], out[span];
    for (std::int64_t j = 0; j < side; ++j) line[j] = hn::Load(d, columns[j][i]);
    SixBySix::outputAdjoint(line, out);
    for (std::int64_t j = 0; j < span; ++j) hn::Store(out[j], d, to + (span * i + j) * stride);
  }
}

// Transforms tile t of the block: its input and its output gradient.
HWY_ATTR void transformTile(const float* x, const float* dy, const GradientBlock& block, std::int64_t t) {
  const WinogradShape& shape = block.shape;
  const std::int64_t image = (block.begin + t) / shape.tiles(), number = (block.begin + t) % shape.tiles();
  const auto offset = [&](std::int64_t c) {
    return (c / channelGroup * block.tiles() + t) * channelGroup + c % channelGroup;
  };
  const InputTile<SixBySix> from(shape, number);
  const float* xs = x + image * shape.height * shape.width * shape.inChannels;
  for (std::int64_t c = 0; c < shape.inChannels; c += laneCount) {
    const Loader<false> load(NormRelu{}, c);
    const TransformedTile<float> to{block.in + offset(c), block.blocking.inStride};
    from.inside ? transformInput<true>(xs + c, from, load, to)
                : transformInput<false>(xs + c, from, load, to);
  }
  const OutputTile out(shape, number);
  const float* dys = dy + image * shape.height * shape.width * shape.outChannels;
  const bool whole = out.pixels() == SixBySix::side * SixBySix::side;
  for (std::int64_t c = 0; c < shape.outChannels; c += laneCount) {
    float* to = block.out + offset(c);
    whole ? transformGradient<true>(dys + c, out, to, block.blocking.outStride)
          : transformGradient<false>(dys + c, out, to, block.blocking.outStride);
  }
}

// The microkernel: sums over the tiles, of `rows` outputs times `panels` panels of 16 inputs, to
// out (rows, chunkChannels).
template <std::int64_t rows, std::int64_t panels>
HWY_INLINE void sumProducts(const float* HWY_RESTRICT dy, const float* HWY_RESTRICT in, std::int64_t tiles,
                            float* out) {
  const Floats d;
  constexpr std::int64_t vectors = panels * panelVectors;
  Vec sums[rows][vectors];
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t v = 0; v < vectors; ++v) sums[r][v] = hn::Zero(d);
  for (std::int64_t t = 0; t < tiles; ++t) {
    Vec value[vectors];
    for (std::int64_t v = 0; v < vectors; ++v)
      value[v] =
          hn::Load(d, in + (v / panelVectors * tiles + t) * channelGroup + v % panelVectors * laneCount);
#pragma GCC unroll 8
    for (std::int64_t r = 0; r < rows; ++r) {
      const Vec factor = hn::Set(d, dy[t * channelGroup + r]);
      for (std::int64_t v = 0; v < vectors; ++v) sums[r][v] = hn::MulAdd(factor, value[v], sums[r][v]);
    }
  }
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t v = 0; v < vectors; ++v)
      hn::Store(sums[r][v], d, out + r * chunkChannels + v * laneCount);
}

template <std::int64_t maxRowsOfRun, std::int64_t panels>
HWY_INLINE void sumRows(std::int64_t rows, const float* dy, const float* in, std::int64_t tiles, float* out) {
  if (rows == maxRowsOfRun) {
    sumProducts<maxRowsOfRun, panels>(dy, in, tiles, out);
  } else if constexpr (maxRowsOfRun > 1) {
    sumRows<maxRowsOfRun - 1, panels>(rows, dy, in, tiles, out);
  }
}

// One group of outputs times one or maxPanels panels of inputs.
template <std::int64_t panels>
HWY_ATTR void sumGroup(const float* dy, const float* in, std::int64_t tiles, float* out) {
  constexpr std::int64_t parts = (channelGroup + maxRows - 1) / maxRows,
                         maxRowsOfRun = (channelGroup + parts - 1) / parts;
  for (std::int64_t part = 0; part < parts; ++part) {
    const std::int64_t begin = channelGroup * part / parts, end = channelGroup * (part + 1) / parts;
    sumRows<maxRowsOfRun, panels>(end - begin, dy + begin, in, tiles, out + begin * chunkChannels);
  }
}

// A chunk of the weight gradient, in channels: one item of parallel work.
struct Chunk {
  Chunk(const WinogradShape& shape, std::int64_t number) {
    const std::int64_t across = (shape.inChannels + chunkChannels - 1) / chunkChannels;
    output = number / across * chunkOutputs;
    input = number % across * chunkChannels;
    outputs = std::min(chunkOutputs, shape.outChannels - output);
    inputs = std::min(chunkChannels, shape.inChannels - input);
  }

  static std::int64_t count(const WinogradShape& shape) {
    return (shape.outChannels + chunkOutputs - 1) / chunkOutputs *
           ((shape.inChannels + chunkChannels - 1) / chunkChannels);
  }

  std::int64_t output, outputs, input, inputs;
};

HWY_ATTR void sumChunk(const GradientBlock& block, const Chunk& chunk, float* sums) {
  const std::int64_t tiles = block.tiles();
  for (std::int64_t e = 0; e < block.blocking.tileElements; ++e) {
    const float* in = block.in + e * block.blocking.inStride + chunk.input * tiles;
    const float* dy = block.out + e * block.blocking.outStride + chunk.output * tiles;
    float* out = sums + e * GradientBlocking::chunkStride;
    for (std::int64_t c = 0; c < chunk.inputs;) {
      const bool full = c + maxPanels * channelGroup <= chunk.inputs;
      for (std::int64_t o = 0; o < chunk.outputs; o += channelGroup)
        full ? sumGroup<maxPanels>(dy + o * tiles, in + c * tiles, tiles, out + o * chunkChannels + c)
             : sumGroup<1>(dy + o * tiles, in + c * tiles, tiles, out + o * chunkChannels + c);
      c += (full ? maxPanels : 1) * channelGroup;
    }
  }
}

// The adjoint of the weight transform, G^T sums G, of each output and vector of inputs; stored to the
// gradient, or added to it.
HWY_ATTR void transformChunk(const Chunk& chunk, const float* sums, std::int64_t inChannels, bool add,
                             float* gradient) {
  const Floats d;
  constexpr std::int64_t span = SixBySix::span;
  for (std::int64_t o = 0; o < chunk.outputs; ++o)
    for (std::int64_t c = 0; c < chunk.inputs; c += laneCount) {
      const float* from = sums + o * chunkChannels + c;
      float* to = gradient + (chunk.output + o) * 9 * inChannels + chunk.input + c;
      Vec rows[3][span];  // (row of the kernel, element of the row transform)
      for (std::int64_t j = 0; j < span; ++j) {
        Vec line[span], taps[3];
        for (std::int64_t i = 0; i < span; ++i)
          line[i] = hn::Load(d, from + (span * i + j) * GradientBlocking::chunkStride);
        SixBySix::kernelAdjoint(line, taps);
        for (std::int64_t i = 0; i < 3; ++i) rows[i][j] = taps[i];
      }
      for (std::int64_t i = 0; i < 3; ++i) {
        Vec taps[3];
        SixBySix::kernelAdjoint(rows[i], taps);
        for (std::int64_t j = 0; j < 3; ++j) {
          float* at = to + (3 * i + j) * inChannels;
          hn::StoreU(add ? hn::Add(taps[j], hn::LoadU(d, at)) : taps[j], d, at);
        }
      }
    }
}

HWY_ATTR void gradientOfWeights(const float* x, const float* dy, float* gradient, const WinogradShape& shape,
                                std::int64_t batch, float* scratch, std::int64_t threads,
                                ParallelFor parallelFor) {
  const GradientBlocking blocking(shape, batch);
  float* out = scratch + blocking.tileElements * blocking.inStride;
  for (std::int64_t b = 0; b < blocking.blocks; ++b) {
    const GradientBlock block{shape, blocking, blocking.begin(b), blocking.begin(b + 1), scratch, out};
    parallelFor(block.tiles(), [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
      for (std::int64_t t = begin; t < end; ++t) transformTile(x, dy, block, t);
    });
    parallelForDynamic(threads, Chunk::count(shape), parallelFor,
                       [&](std::int64_t slot, std::int64_t c) HWY_ATTR {
                         float* sums = scratch + blocking.shared() + slot * blocking.chunk();
                         const Chunk chunk(shape, c);
                         sumChunk(block, chunk, sums);
                         transformChunk(chunk, sums, shape.inChannels, b > 0, gradient);
                       });
  }
}

}  // namespace cut::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cut::cpu {
HWY_EXPORT(gradientOfWeights);

std::int64_t winogradGradientScratch(const WinogradShape& shape, std::int64_t batch,
                                     std::int64_t threads) noexcept {
  const GradientBlocking blocking(shape, batch);
  return blocking.shared() + threads * blocking.chunk();
}

void winogradGradient(const float* x, const float* dy, float* gradient, const WinogradShape& shape,
                      std::int64_t batch, float* scratch, std::int64_t threads,
                      ParallelFor parallelFor) noexcept {
  HWY_DYNAMIC_DISPATCH(gradientOfWeights)(x, dy, gradient, shape, batch, scratch, threads, parallelFor);
}

}  // namespace cut::cpu
#endif
