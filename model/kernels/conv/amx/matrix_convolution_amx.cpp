// Intel AMX. Everything that could be shared with other code is included before the target is set, so that
// none of it needs such a machine.
#include <cpuid.h>
#include <hwy/targets.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <type_traits>

#include "kernels/base/caches.hpp"
#include "kernels/base/isa.hpp"
#include "kernels/conv/amx/matrix_convolution.hpp"
#include "kernels/conv/winograd/bf16.hpp"

#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,amx-tile,amx-bf16,amx-int8")

#include "kernels/conv/amx/matrix_products-inl.hpp"
#include "kernels/conv/amx/matrix_rows-inl.hpp"

namespace cut::cpu {
namespace {

constexpr std::int64_t mostPackedBytes = std::int64_t{1} << 20;  // of an item's input: half of an L2 cache
constexpr std::int64_t mostItemRows = 8;
// However wide they are: the rows around an item are packed for it too.
constexpr std::int64_t leastItemRows = 4;
constexpr std::int64_t twoPanels = 2 * channelGroup;

// Working memory of one thread: an item's input, its rows and those around them, and a row of outputs of two
// panels that do not go to memory as the tiles leave them.
struct Place {
  std::uint8_t* packed;
  float* row;
};

// How rows are cut into items.
struct MatrixBlocking {
  MatrixBlocking(const MatrixShape& shape, std::int64_t threads) : height(shape.height) {
    // A chunk may reach beyond the last pixel.
    const std::int64_t bytes =
        (shape.width + shape.kernelWidth - 1) * shape.inChannels * shape.elementBytes() + matrixLineBytes;
    packedHalf = (bytes + matrixLineBytes - 1) / matrixLineBytes * matrixLineBytes;
    packedRow = packedHalf * shape.halves();
    const std::int64_t around = shape.kernelHeight - 1;
    const std::int64_t most =
        std::clamp(mostPackedBytes / packedRow - around, std::max(around, leastItemRows), mostItemRows) *
        threads;
    items = std::min(height, (height + most - 1) / most * threads);
    packed = ((height + items - 1) / items + around) * packedRow;
    row = shape.width * twoPanels;
  }

  std::int64_t begin(std::int64_t item) const { return height * item / items; }
  std::int64_t scratch() const { return packed / std::int64_t{sizeof(float)} + row; }
  Place place(float* scratchMemory, std::int64_t i) const {
    float* first = scratchMemory + i * scratch();
    return {reinterpret_cast<std::uint8_t*>(first + row), first};
  }

  std::int64_t height;
  std::int64_t items;
  std::int64_t packedHalf;  // bytes of a row's high or low halves, or of all of it
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

// The mean and the summed squares around it of 16 channels of a row.
void rowMoments(const Row& row, std::int64_t width, float* mean, float* squares) {
  // From the first pixel, so that a long row of nearly the same loses nothing.
  const __m512 first = _mm512_loadu_ps(row.at(0));
  __m512 sum = _mm512_setzero_ps();
  for (std::int64_t p = 0; p < width; ++p)
    sum = _mm512_add_ps(sum, _mm512_sub_ps(_mm512_loadu_ps(row.at(p)), first));
  const __m512 center = _mm512_fmadd_ps(sum, _mm512_set1_ps(1 / static_cast<float>(width)), first);
  __m512 around = _mm512_setzero_ps();
  for (std::int64_t p = 0; p < width; ++p) {
    const __m512 delta = _mm512_sub_ps(_mm512_loadu_ps(row.at(p)), center);
    around = _mm512_fmadd_ps(delta, delta, around);
  }
  _mm512_storeu_ps(mean, center);
  _mm512_storeu_ps(squares, around);
}

template <bool aroundCaches>
void copyRow(const Row& from, const Row& to, std::int64_t width, std::int64_t channels) {
  for (std::int64_t p = 0; p < width; ++p)
    for (std::int64_t c = 0; c < channels; c += channelGroup) {
      const __m512 value = _mm512_load_ps(from.at(p) + c);
      if constexpr (aroundCaches)
        _mm512_stream_ps(to.at(p) + c, value);
      else
        _mm512_storeu_ps(to.at(p) + c, value);
    }
}

// Sums of int8, in place: scale * (offset + sum) + bias of 16 outputs.
void toFloats(const Row& row, std::int64_t width, const float* scales, const float* offsets,
              const float* bias) {
  const __m512 scale = _mm512_loadu_ps(scales), added = _mm512_loadu_ps(bias);
  const __m512i offset = _mm512_loadu_si512(offsets);
  for (std::int64_t p = 0; p < width; ++p) {
    const __m512i sum = _mm512_add_epi32(_mm512_load_si512(row.at(p)), offset);
    _mm512_store_ps(row.at(p), _mm512_fmadd_ps(_mm512_maskz_cvtepi32_ps(0xFFFF, sum), scale, added));
  }
}

// What a call hands to its items.
struct Convolution {
  const float* x;
  const NormRelu& norm;
  const float* weights;
  const float* bias;
  float* y;
  const MatrixShape& shape;
  float* statistics;
  const MatrixBlocking& blocking;

  // Only whole cache lines: parts of one would each go to memory alone.
  bool aroundCaches() const {
    return shape.height * shape.width * shape.outChannels >= pastCaches &&
           reinterpret_cast<std::uintptr_t>(y) % matrixLineBytes == 0;
  }
};

// `panels` of outputs of an item, from `first` on.
template <Products products, int panels>
class PanelRows {
 public:
  PanelRows(const Convolution& call, const Place& place, std::int64_t first)
      : call_(call), place_(place), first_(first), aroundCaches_(call.aroundCaches()) {
    const MatrixShape& shape = call.shape;
    product_.inPixel = shape.inChannels * shape.elementBytes();
    product_.inHalf = call.blocking.packedHalf;
    product_.inRow = call.blocking.packedRow;
    product_.lines = shape.kernelHeight;
    product_.turns = shape.turns();
    product_.chunks = shape.chunks() / shape.turns();
    product_.weights =
        reinterpret_cast<const std::uint8_t*>(call.weights + shape.scales()) +
        first / channelGroup * shape.kernelHeight * shape.chunks() * shape.halves() * tileBytes;
    product_.bias = call.bias + first;
  }

  // in: the first packed row that it meets.
  void run(std::int64_t row, const std::uint8_t* in) {
    const MatrixShape& shape = call_.shape;
    constexpr std::int64_t channels = panels * channelGroup;
    const std::int64_t pixel = shape.outChannels;
    const Row y{call_.y + row * shape.width * pixel + first_, pixel};
    const bool direct = products != Products::int8 && !aroundCaches_;
    const Row out = direct ? y : Row{place_.row, twoPanels};
    multiplyRow(in, out);
    // The compiler does not know that the tiles write there.
    std::atomic_signal_fence(std::memory_order_seq_cst);
    if constexpr (products == Products::int8) {
      const float* scales = call_.weights + shape.inChannels + first_;
      for (std::int64_t c = 0; c < channels; c += channelGroup)
        toFloats({out.first + c, out.pixel}, shape.width, scales + c, scales + pixel + c,
                 call_.bias + first_ + c);
    }
    if (!direct)
      aroundCaches_ ? copyRow<true>(out, y, shape.width, channels)
                    : copyRow<false>(out, y, shape.width, channels);
    if (!call_.statistics) return;
    float* moments = call_.statistics + row * 2 * pixel + first_;
    for (std::int64_t c = 0; c < channels; c += channelGroup)
      rowMoments({out.first + c, out.pixel}, shape.width, moments + c, moments + pixel + c);
  }

 private:
  // The last group of pixels overlaps the one before where the width asks for it.
  void multiplyRow(const std::uint8_t* in, const Row& out) {
    const std::int64_t width = call_.shape.width;
    product_.outPixel = out.pixel * std::int64_t{sizeof(float)};
    const std::int64_t last = std::max<std::int64_t>(width - matrixLines, 0);
    for (std::int64_t p = 0; p < width; p += 2 * matrixLines) {
      const std::int64_t at[2] = {std::min(p, last), std::min(p + matrixLines, last)};
      for (int group = 0; group < 2; ++group) {
        product_.in[group] = in + at[group] * product_.inPixel;
        product_.out[group] = out.at(at[group]);
      }
      p + matrixLines < width ? multiply<products, 2, panels>(product_)
                              : multiply<products, 1, panels>(product_);
    }
  }

  const Convolution& call_;
  const Place& place_;
  std::int64_t first_;
  bool aroundCaches_;
  TileProducts product_{};
};

template <Products products>
using StoreOf = std::conditional_t<products == Products::int8, ToInt8,
                                   std::conditional_t<products == Products::split, ToHalves, ToBf16>>;

template <Products products>
void convolveItem(const Convolution& call, const Place& place, std::int64_t item) {
  using Store = StoreOf<products>;
  const MatrixShape& shape = call.shape;
  const std::int64_t reach = shape.kernelHeight / 2, packedRow = call.blocking.packedRow;
  const std::int64_t begin = call.blocking.begin(item), end = call.blocking.begin(item + 1);
  const RowPacker<Store> packer(call.x, call.norm, shape, call.weights,
                                call.blocking.packedHalf / shape.elementBytes());
  for (std::int64_t row = begin - reach; row < end + reach; ++row)
    packer.pack(row,
                reinterpret_cast<typename Store::Element*>(place.packed + (row - begin + reach) * packedRow));
  std::atomic_signal_fence(std::memory_order_seq_cst);  // nor that they read this
  const auto rows = [&](auto panels) {
    for (std::int64_t row = begin; row < end; ++row)
      panels.run(row, place.packed + (row - begin) * packedRow);
  };
  std::int64_t first = 0;
  for (; first + twoPanels <= shape.outChannels; first += twoPanels)
    rows(PanelRows<products, 2>(call, place, first));
  if (first < shape.outChannels) rows(PanelRows<products, 1>(call, place, first));
}

void convolve(const Convolution& call, float* scratch, std::int64_t threads, ParallelFor parallelFor) {
  std::atomic<std::int64_t> next{0};
  // As in winograd.cpp: an item of parallelFor is a place in the scratch memory.
  parallelFor(threads, [&](std::int64_t begin, std::int64_t end) {
    const TileConfiguration configuration = configurationFor(std::min(call.shape.width, matrixLines));
    // GCC 12's intrinsic says that it reads 8 of the 64 bytes.
    __asm__ volatile("ldtilecfg %0" ::"m"(configuration));
    for (std::int64_t i = begin; i < end; ++i) {
      const Place place = call.blocking.place(scratch, i);
      for (std::int64_t item = next++; item < call.blocking.items; item = next++)
        call.shape.products == Products::int8    ? convolveItem<Products::int8>(call, place, item)
        : call.shape.products == Products::split ? convolveItem<Products::split>(call, place, item)
                                                 : convolveItem<Products::bf16>(call, place, item);
    }
    _tile_release();
    _mm_sfence();  // what was written around the caches comes before what says so
  });
}

}  // namespace

#pragma GCC pop_options

namespace {

// Not every compiler knows these by name.
bool hasTiles() noexcept {
  constexpr unsigned amxBf16 = 1U << 22, amxTile = 1U << 24, amxInt8 = 1U << 25,
                     all = amxBf16 | amxTile | amxInt8;
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (d & all) == all;
}

// The tiles' 8 KB of registers are a process's only when it has asked for them
// (https://docs.kernel.org/arch/x86/xstate.html).
bool mayUseTiles() noexcept {
  constexpr long requestPermission = 0x1023, tileData = 18;
  static const bool granted = syscall(SYS_arch_prctl, requestPermission, tileData) == 0;
  return granted;
}

}  // namespace

bool haveMatrixUnit() noexcept {
  return matrixUnitAllowed() && haveBf16() && hasTiles() && mayUseTiles();
}

std::int64_t matrixScratch(const MatrixShape& shape, std::int64_t threads) noexcept {
  return MatrixBlocking(shape, threads).scratch() * threads;
}

void matrixConvolution(const float* x, const NormRelu& norm, const float* weights, const float* bias,
                       float* y, const MatrixShape& shape, float* statistics, float* scratch,
                       std::int64_t threads, ParallelFor parallelFor) noexcept {
  const MatrixBlocking blocking(shape, threads);
  convolve({x, norm, weights, bias, y, shape, statistics, blocking}, scratch, threads, parallelFor);
}

}  // namespace cut::cpu
