// SPDX-License-Identifier: MIT
// Convolutions by Intel AMX tiles. Shared headers are included before the target is set, so that none of
// their inline functions is compiled for AMX.
#include <hwy/base.h>
#include <immintrin.h>

#include <algorithm>
#include <atomic>
#include <type_traits>

#include "kernels/base/cpu_features.hpp"
#include "kernels/conv/amx/amx_convolution.hpp"

HWY_PUSH_ATTRIBUTES("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,amx-tile,amx-bf16,amx-int8")

#include "kernels/conv/amx/amx_microkernel-inl.hpp"
#include "kernels/conv/amx/amx_packing-inl.hpp"

namespace cut::cpu {
namespace {

constexpr std::int64_t maxPackedBytes = std::int64_t{1} << 20;  // of an item's input: half of an L2 cache
constexpr std::int64_t maxItemRows = 8;
// However wide the rows are: each item packs its halo rows as well, which costs more the fewer rows it has.
constexpr std::int64_t minItemRows = 4;
constexpr std::int64_t pairChannels = 2 * channelGroup;

// Working memory of one thread: the packed input rows of an item with their halo, and one output row of two
// panels for results that need another pass before they go to y.
struct ThreadScratch {
  std::uint8_t* packed;
  float* row;
};

// Cache blocking: output rows are divided into items whose packed input stays in the L2 cache.
struct AmxBlocking {
  AmxBlocking(const AmxShape& shape, std::int64_t threads) : height(shape.height) {
    // The last K-block of a row may read beyond its last pixel.
    const std::int64_t bytes =
        (shape.width + shape.kernelWidth - 1) * shape.inChannels * shape.elementBytes() + tileRowBytes;
    packedTerm = (bytes + tileRowBytes - 1) / tileRowBytes * tileRowBytes;
    packedRow = packedTerm * shape.terms();
    const std::int64_t halo = shape.kernelHeight - 1;
    const std::int64_t perRound =
        std::clamp(maxPackedBytes / packedRow - halo, std::max(halo, minItemRows), maxItemRows) * threads;
    items = std::min(height, (height + perRound - 1) / perRound * threads);
    packed = ((height + items - 1) / items + halo) * packedRow;
    row = shape.width * pairChannels;
  }

  std::int64_t begin(std::int64_t item) const { return height * item / items; }
  std::int64_t scratch() const { return packed / std::int64_t{sizeof(float)} + row; }
  ThreadScratch slot(float* scratchMemory, std::int64_t i) const {
    float* first = scratchMemory + i * scratch();
    return {reinterpret_cast<std::uint8_t*>(first + row), first};
  }

  std::int64_t height;
  std::int64_t items;
  std::int64_t packedTerm;  // bytes of a packed row's high (or low) bf16 terms
  std::int64_t packedRow;   // bytes
  std::int64_t packed;      // bytes of an item
  std::int64_t row;         // floats
};

// Pixels of a row that lie `pixel` floats apart.
struct Row {
  float* first;
  std::int64_t pixel;

  float* at(std::int64_t p) const { return first + p * pixel; }
};

// The mean of 16 channels of a row, and the sum of squared differences from it.
void rowMoments(const Row& row, std::int64_t width, float* mean, float* squares) {
  // Values are summed relative to the first pixel: a long row with a large mean loses no precision.
  const __m512 first = _mm512_loadu_ps(row.at(0));
  __m512 sum = _mm512_setzero_ps();
  for (std::int64_t p = 0; p < width; ++p)
    sum = _mm512_add_ps(sum, _mm512_sub_ps(_mm512_loadu_ps(row.at(p)), first));
  const __m512 center = _mm512_fmadd_ps(sum, _mm512_set1_ps(1 / static_cast<float>(width)), first);
  __m512 sumOfSquares = _mm512_setzero_ps();
  for (std::int64_t p = 0; p < width; ++p) {
    const __m512 delta = _mm512_sub_ps(_mm512_loadu_ps(row.at(p)), center);
    sumOfSquares = _mm512_fmadd_ps(delta, delta, sumOfSquares);
  }
  _mm512_storeu_ps(mean, center);
  _mm512_storeu_ps(squares, sumOfSquares);
}

template <bool nonTemporal>
void copyRow(const Row& from, const Row& to, std::int64_t width, std::int64_t channels) {
  for (std::int64_t p = 0; p < width; ++p)
    for (std::int64_t c = 0; c < channels; c += channelGroup) {
      const __m512 value = _mm512_load_ps(from.at(p) + c);
      if constexpr (nonTemporal)
        _mm512_stream_ps(to.at(p) + c, value);
      else
        _mm512_storeu_ps(to.at(p) + c, value);
    }
}

// int32 accumulators of 16 outputs to fp32, in place: scale * (offset + sum) + bias.
void dequantize(const Row& row, std::int64_t width, const float* scales, const float* offsets,
                const float* bias) {
  const __m512 scale = _mm512_loadu_ps(scales), added = _mm512_loadu_ps(bias);
  const __m512i offset = _mm512_loadu_si512(offsets);
  for (std::int64_t p = 0; p < width; ++p) {
    const __m512i sum = _mm512_add_epi32(_mm512_load_si512(row.at(p)), offset);
    _mm512_store_ps(row.at(p), _mm512_fmadd_ps(_mm512_maskz_cvtepi32_ps(0xFFFF, sum), scale, added));
  }
}

// The arguments of one call, shared by its items.
struct Convolution {
  const float* x;
  const NormRelu& norm;
  const float* weights;
  const float* bias;
  float* y;
  const AmxShape& shape;
  float* statistics;
  const AmxBlocking& blocking;

  // Non-temporal stores pay only for whole cache lines: each part of one would be a memory write of its own.
  bool nonTemporal() const {
    return shape.height * shape.width * shape.outChannels >= nonTemporalThreshold &&
           reinterpret_cast<std::uintptr_t>(y) % tileRowBytes == 0;
  }
};

// An item's rows for one or two panels of 16 outputs, from output `first` on.
template <ComputeType computeType, int panels>
class PanelRows {
 public:
  PanelRows(const Convolution& call, const ThreadScratch& scratch, std::int64_t first)
      : call_(call), scratch_(scratch), first_(first), nonTemporal_(call.nonTemporal()) {
    const AmxShape& shape = call.shape;
    operands_.inPixel = shape.inChannels * shape.elementBytes();
    operands_.inTerm = call.blocking.packedTerm;
    operands_.inRow = call.blocking.packedRow;
    operands_.kernelRows = shape.kernelHeight;
    operands_.innerColumns = shape.innerColumns();
    operands_.kBlocks = shape.kBlocks() / shape.innerColumns();
    operands_.weights =
        reinterpret_cast<const std::uint8_t*>(call.weights + shape.scales()) +
        first / channelGroup * shape.kernelHeight * shape.kBlocks() * shape.terms() * tileBytes;
    operands_.bias = call.bias + first;
  }

  // in: the packed input row under the first kernel row.
  void run(std::int64_t row, const std::uint8_t* in) {
    const AmxShape& shape = call_.shape;
    constexpr std::int64_t channels = panels * channelGroup;
    const std::int64_t pixel = shape.outChannels;
    const Row y{call_.y + row * shape.width * pixel + first_, pixel};
    const bool direct = computeType != ComputeType::int8 && !nonTemporal_;
    const Row out = direct ? y : Row{scratch_.row, pairChannels};
    convolveRow(in, out);
    // The compiler does not know that tile stores write memory.
    std::atomic_signal_fence(std::memory_order_seq_cst);
    if constexpr (computeType == ComputeType::int8) {
      const float* scales = call_.weights + shape.inChannels + first_;
      for (std::int64_t c = 0; c < channels; c += channelGroup)
        dequantize({out.first + c, out.pixel}, shape.width, scales + c, scales + pixel + c,
                   call_.bias + first_ + c);
    }
    if (!direct)
      nonTemporal_ ? copyRow<true>(out, y, shape.width, channels)
                   : copyRow<false>(out, y, shape.width, channels);
    if (!call_.statistics) return;
    float* moments = call_.statistics + row * 2 * pixel + first_;
    for (std::int64_t c = 0; c < channels; c += channelGroup)
      rowMoments({out.first + c, out.pixel}, shape.width, moments + c, moments + pixel + c);
  }

 private:
  // Where the width is not a multiple of tileRows, the last group of pixels overlaps the one before it.
  void convolveRow(const std::uint8_t* in, const Row& out) {
    const std::int64_t width = call_.shape.width;
    operands_.outPixel = out.pixel * std::int64_t{sizeof(float)};
    const std::int64_t last = std::max<std::int64_t>(width - tileRows, 0);
    for (std::int64_t p = 0; p < width; p += 2 * tileRows) {
      const std::int64_t at[2] = {std::min(p, last), std::min(p + tileRows, last)};
      for (int group = 0; group < 2; ++group) {
        operands_.in[group] = in + at[group] * operands_.inPixel;
        operands_.out[group] = out.at(at[group]);
      }
      p + tileRows < width ? microkernel<computeType, 2, panels>(operands_)
                           : microkernel<computeType, 1, panels>(operands_);
    }
  }

  const Convolution& call_;
  const ThreadScratch& scratch_;
  std::int64_t first_;
  bool nonTemporal_;
  TileOperands operands_{};
};

template <ComputeType computeType>
using StoreOf =
    std::conditional_t<computeType == ComputeType::int8, StoreInt8,
                       std::conditional_t<computeType == ComputeType::bf16x3, StoreBf16Terms, StoreBf16>>;

template <ComputeType computeType>
void convolveItem(const Convolution& call, const ThreadScratch& scratch, std::int64_t item) {
  using Store = StoreOf<computeType>;
  const AmxShape& shape = call.shape;
  const std::int64_t pad = shape.kernelHeight / 2, packedRow = call.blocking.packedRow;
  const std::int64_t begin = call.blocking.begin(item), end = call.blocking.begin(item + 1);
  const RowPacker<Store> packer(call.x, call.norm, shape, call.weights,
                                call.blocking.packedTerm / shape.elementBytes());
  for (std::int64_t row = begin - pad; row < end + pad; ++row)
    packer.pack(row,
                reinterpret_cast<typename Store::Element*>(scratch.packed + (row - begin + pad) * packedRow));
  // Nor does the compiler know that tile loads read what was packed here.
  std::atomic_signal_fence(std::memory_order_seq_cst);
  const auto rows = [&](auto panels) {
    for (std::int64_t row = begin; row < end; ++row)
      panels.run(row, scratch.packed + (row - begin) * packedRow);
  };
  std::int64_t first = 0;
  for (; first + pairChannels <= shape.outChannels; first += pairChannels)
    rows(PanelRows<computeType, 2>(call, scratch, first));
  if (first < shape.outChannels) rows(PanelRows<computeType, 1>(call, scratch, first));
}

void convolve(const Convolution& call, float* scratch, std::int64_t threads, ParallelFor parallelFor) {
  // Not parallelForDynamic, because each thread loads its tile configuration once.
  std::atomic<std::int64_t> next{0};
  parallelFor(threads, [&](std::int64_t begin, std::int64_t end) {
    const TileConfig configuration = tileConfigFor(std::min(call.shape.width, tileRows));
    // Inline assembly, because GCC 12's intrinsic declares that it reads only 8 of the 64 bytes.
    __asm__ volatile("ldtilecfg %0" ::"m"(configuration));
    for (std::int64_t slot = begin; slot < end; ++slot) {
      const ThreadScratch own = call.blocking.slot(scratch, slot);
      for (std::int64_t item = next++; item < call.blocking.items; item = next++)
        call.shape.computeType == ComputeType::int8     ? convolveItem<ComputeType::int8>(call, own, item)
        : call.shape.computeType == ComputeType::bf16x3 ? convolveItem<ComputeType::bf16x3>(call, own, item)
                                                        : convolveItem<ComputeType::bf16>(call, own, item);
    }
    _tile_release();
    _mm_sfence();  // orders the non-temporal stores before the end of parallelFor
  });
}

}  // namespace

HWY_POP_ATTRIBUTES

std::int64_t amxScratch(const AmxShape& shape, std::int64_t threads) noexcept {
  return AmxBlocking(shape, threads).scratch() * threads;
}

void amxConvolution(const float* x, const NormRelu& norm, const float* weights, const float* bias, float* y,
                    const AmxShape& shape, float* statistics, float* scratch, std::int64_t threads,
                    ParallelFor parallelFor) noexcept {
  const AmxBlocking blocking(shape, threads);
  convolve({x, norm, weights, bias, y, shape, statistics, blocking}, scratch, threads, parallelFor);
}

}  // namespace cut::cpu
