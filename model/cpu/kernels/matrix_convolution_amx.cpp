// Intel AMX. Everything that could be shared with other code is included before the target is set, so that
// none of it needs such a machine.
#include <hwy/targets.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>

#include "cpu/kernels/bf16.hpp"
#include "cpu/kernels/caches.hpp"
#include "cpu/kernels/isa.hpp"
#include "cpu/kernels/matrix_convolution.hpp"

#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,amx-tile,amx-bf16")

namespace cut::cpu {
namespace {

constexpr std::int64_t tilePixels = 16;                          // lines of a tile
constexpr std::int64_t lineBytes = 64;                           // of a tile
constexpr std::int64_t tileElements = tilePixels * matrixChunk;  // of bf16
constexpr std::int64_t mostPackedBytes = std::int64_t{1} << 20;  // of an item's input: half of an L2 cache
constexpr std::int64_t mostItemRows = 8;
constexpr std::int64_t rowFloats = 2 * channelGroup;  // of a pixel: two panels of outputs

// What LDTILECFG reads (Intel 64 and IA-32 Architectures Software Developer's Manual, volume 1, 18.3).
struct TileConfiguration {
  std::uint8_t palette = 1;
  std::uint8_t startRow = 0;
  std::uint8_t reserved[14] = {};
  std::uint16_t lineBytes[16] = {};
  std::uint8_t lines[16] = {};
};
static_assert(sizeof(TileConfiguration) == 64);

// Tiles 0 to 3 are sums of two groups of pixels by two panels of outputs, 4 and 5 the pixels' inputs, 6 and 7
// the panels' weights.
TileConfiguration configurationFor(std::int64_t pixels) {
  TileConfiguration configuration;
  for (int tile = 0; tile < 8; ++tile) {
    configuration.lineBytes[tile] = lineBytes;
    configuration.lines[tile] = static_cast<std::uint8_t>(tile < 6 ? pixels : tilePixels);
  }
  return configuration;
}

// Working memory of one thread.
struct Place {
  std::uint16_t* packed;
  float* row;  // outputs on their way around the caches
};

// How rows are cut into items, and an item's packed input: its rows and those around them, in bf16.
struct MatrixBlocking {
  MatrixBlocking(const MatrixShape& shape, std::int64_t threads) : height(shape.height) {
    // A chunk may reach beyond the last pixel.
    const std::int64_t elements = (shape.width + shape.kernelWidth - 1) * shape.inChannels + matrixChunk;
    packedRow = (elements + matrixChunk - 1) / matrixChunk * matrixChunk;
    const std::int64_t around = shape.kernelHeight - 1;
    const std::int64_t most =
        std::clamp(mostPackedBytes / (2 * packedRow) - around, std::int64_t{1}, mostItemRows) * threads;
    items = std::min(height, (height + most - 1) / most * threads);
    packed = ((height + items - 1) / items + around) * packedRow;
    row = shape.width * rowFloats;
  }

  std::int64_t begin(std::int64_t item) const { return height * item / items; }
  std::int64_t scratch() const { return packed / 2 + row; }
  Place place(float* scratchMemory, std::int64_t i) const {
    float* first = scratchMemory + i * scratch();
    return {reinterpret_cast<std::uint16_t*>(first + row), first};
  }

  std::int64_t height;
  std::int64_t items;
  std::int64_t packedRow;  // elements
  std::int64_t packed;     // elements of an item
  std::int64_t row;        // floats of a row of two panels of outputs
};

__mmask16 firstLanes(std::int64_t count) {
  return static_cast<__mmask16>(count >= channelGroup ? 0xFFFF : (1 << count) - 1);
}

void storeBf16(std::uint16_t* to, __m512 value, __mmask16 lanes = 0xFFFF) {
  _mm256_mask_storeu_epi16(to, lanes, reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(value)));
}

// Of 16 channels.
template <bool normalise>
class ChannelLoader {
 public:
  ChannelLoader(const NormRelu& norm, std::int64_t c) {
    if constexpr (normalise) {
      mean_ = _mm512_loadu_ps(norm.mean + c);
      scale_ = _mm512_loadu_ps(norm.inverseDeviation + c);
    }
  }

  __m512 operator()(const float* x) const {
    const __m512 value = _mm512_loadu_ps(x);
    if constexpr (!normalise) return value;
    return _mm512_maskz_max_ps(0xFFFF, _mm512_mul_ps(_mm512_sub_ps(value, mean_), scale_),
                               _mm512_setzero_ps());
  }

 private:
  __m512 mean_, scale_;
};

void packAsIs(const float* x, std::int64_t count, std::uint16_t* to) {
  for (std::int64_t i = 0; i < count; i += channelGroup) {
    const __mmask16 lanes = firstLanes(count - i);
    storeBf16(to + i, _mm512_maskz_loadu_ps(lanes, x + i), lanes);
  }
}

void packNormed(const float* x, const NormRelu& norm, const MatrixShape& shape, std::uint16_t* to) {
  for (std::int64_t p = 0; p < shape.width; ++p)
    for (std::int64_t c = 0; c < shape.inChannels; c += channelGroup, x += channelGroup, to += channelGroup)
      storeBf16(to, ChannelLoader<true>(norm, c)(x));
}

// near and far: the two rows that the doubled one lies between; it is three quarters near.
template <bool normalise>
void packDoubled(const float* near, const float* far, const NormRelu& norm, const MatrixShape& shape,
                 std::uint16_t* to) {
  const __m512 quarter = _mm512_set1_ps(0.25F), three = _mm512_set1_ps(0.75F);
  const auto between = [&](__m512 a, __m512 b) {
    return _mm512_fmadd_ps(a, three, _mm512_mul_ps(b, quarter));
  };
  const std::int64_t half = shape.width / 2, channels = shape.inChannels;
  for (std::int64_t c = 0; c < channels; c += channelGroup) {
    const ChannelLoader<normalise> load(norm, c);
    const auto column = [&](std::int64_t p) {
      return between(load(near + p * channels + c), load(far + p * channels + c));
    };
    __m512 middle = column(0), left = middle;
    for (std::int64_t p = 0; p < half; ++p) {
      const __m512 right = p + 1 < half ? column(p + 1) : middle;
      storeBf16(to + 2 * p * channels + c, between(middle, left));
      storeBf16(to + (2 * p + 1) * channels + c, between(middle, right));
      left = middle;
      middle = right;
    }
  }
}

void packInside(const float* x, const NormRelu& norm, const MatrixShape& shape, std::int64_t row,
                std::uint16_t* to) {
  const std::int64_t width = shape.doubled ? shape.width / 2 : shape.width;
  const std::int64_t inRow = shape.inRow ? shape.inRow : width * shape.inChannels;
  if (!shape.doubled) {
    norm.mean ? packNormed(x + row * inRow, norm, shape, to)
              : packAsIs(x + row * inRow, width * shape.inChannels, to);
    return;
  }
  const std::int64_t near = row / 2;
  const std::int64_t far = std::clamp(near + (row % 2 ? 1 : -1), std::int64_t{0}, shape.height / 2 - 1);
  norm.mean ? packDoubled<true>(x + near * inRow, x + far * inRow, norm, shape, to)
            : packDoubled<false>(x + near * inRow, x + far * inRow, norm, shape, to);
}

// A row of the input with its border, `row` from -kernelHeight / 2 on.
void packRow(const float* x, const NormRelu& norm, const MatrixShape& shape, std::int64_t row,
             std::int64_t elements, std::uint16_t* to) {
  const bool mirrored = shape.border == Border::mirrored;
  if (row < 0 || row >= shape.height) {
    if (!mirrored) {
      std::fill_n(to, elements, std::uint16_t{0});
      return;
    }
    row = row < 0 ? -row : 2 * (shape.height - 1) - row;
  }
  const std::int64_t channels = shape.inChannels, reach = shape.kernelWidth / 2;
  std::uint16_t* first = to + reach * channels;
  std::uint16_t* last = first + (shape.width - 1) * channels;
  packInside(x, norm, shape, row, first);
  for (std::int64_t i = 1; i <= reach; ++i) {
    if (mirrored) {
      std::copy_n(first + i * channels, channels, first - i * channels);
      std::copy_n(last - i * channels, channels, last + i * channels);
    } else {
      std::fill_n(first - i * channels, channels, std::uint16_t{0});
      std::fill_n(last + i * channels, channels, std::uint16_t{0});
    }
  }
  std::uint16_t* end = last + (1 + reach) * channels;
  std::fill(end, to + elements, std::uint16_t{0});
}

// One or two groups of pixels of a row, by one or two panels of outputs.
struct Products16 {
  const std::uint16_t* in[2];  // of the first line of the kernel
  std::int64_t inPixel;        // bytes
  std::int64_t inRow;          // elements
  const std::uint16_t* weights;
  std::int64_t lines;  // of the kernel
  std::int64_t chunks;
  const float* bias;
  float* out[2];
  std::int64_t outPixel;  // bytes
};

template <int groups, int panels>
void multiply(const Products16& product) {
  _tile_loadd(0, product.bias, 0);
  if constexpr (panels == 2) _tile_loadd(1, product.bias + channelGroup, 0);
  if constexpr (groups == 2) _tile_loadd(2, product.bias, 0);
  if constexpr (groups == 2 && panels == 2) _tile_loadd(3, product.bias + channelGroup, 0);
  const std::uint16_t* weights = product.weights;
  for (std::int64_t line = 0; line < product.lines; ++line) {
    const std::uint16_t* in0 = product.in[0] + line * product.inRow;
    const std::uint16_t* in1 = product.in[1] + line * product.inRow;
    for (std::int64_t chunk = 0; chunk < product.chunks; ++chunk, weights += panels * tileElements) {
      _tile_loadd(6, weights, lineBytes);
      _tile_loadd(4, in0 + chunk * matrixChunk, product.inPixel);
      _tile_dpbf16ps(0, 4, 6);
      if constexpr (panels == 2) {
        _tile_loadd(7, weights + tileElements, lineBytes);
        _tile_dpbf16ps(1, 4, 7);
      }
      if constexpr (groups == 2) {
        _tile_loadd(5, in1 + chunk * matrixChunk, product.inPixel);
        _tile_dpbf16ps(2, 5, 6);
        if constexpr (panels == 2) _tile_dpbf16ps(3, 5, 7);
      }
    }
  }
  _tile_stored(0, product.out[0], product.outPixel);
  if constexpr (panels == 2) _tile_stored(1, product.out[0] + channelGroup, product.outPixel);
  if constexpr (groups == 2) _tile_stored(2, product.out[1], product.outPixel);
  if constexpr (groups == 2 && panels == 2) _tile_stored(3, product.out[1] + channelGroup, product.outPixel);
}

// Pixels of a row that lie `pixel` floats apart.
struct Row {
  float* first;
  std::int64_t pixel;

  float* at(std::int64_t p) const { return first + p * pixel; }
};

// The mean and the summed squares around it of 16 channels of a row.
void rowMoments(const Row& row, std::int64_t width, float* mean, float* squares) {
  __m512 sum = _mm512_setzero_ps();
  for (std::int64_t p = 0; p < width; ++p) sum = _mm512_add_ps(sum, _mm512_loadu_ps(row.at(p)));
  const __m512 center = _mm512_mul_ps(sum, _mm512_set1_ps(1 / static_cast<float>(width)));
  __m512 around = _mm512_setzero_ps();
  for (std::int64_t p = 0; p < width; ++p) {
    const __m512 delta = _mm512_sub_ps(_mm512_loadu_ps(row.at(p)), center);
    around = _mm512_fmadd_ps(delta, delta, around);
  }
  _mm512_storeu_ps(mean, center);
  _mm512_storeu_ps(squares, around);
}

void copyAroundCaches(const Row& from, const Row& to, std::int64_t width, std::int64_t channels) {
  for (std::int64_t p = 0; p < width; ++p)
    for (std::int64_t c = 0; c < channels; c += channelGroup)
      _mm512_stream_ps(to.at(p) + c, _mm512_load_ps(from.at(p) + c));
}

// `panels` of outputs of a row. The last group of pixels overlaps the one before where the width asks for it.
template <int panels>
void multiplyRow(Products16 product, const std::uint16_t* in, const Row& out, const MatrixShape& shape) {
  product.outPixel = out.pixel * std::int64_t{sizeof(float)};
  const std::int64_t last = std::max<std::int64_t>(shape.width - tilePixels, 0);
  for (std::int64_t p = 0; p < shape.width; p += 2 * tilePixels) {
    const std::int64_t at[2] = {std::min(p, last), std::min(p + tilePixels, last)};
    for (int group = 0; group < 2; ++group) {
      product.in[group] = in + at[group] * shape.inChannels;
      product.out[group] = out.at(at[group]);
    }
    p + tilePixels < shape.width ? multiply<2, panels>(product) : multiply<1, panels>(product);
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
           reinterpret_cast<std::uintptr_t>(y) % lineBytes == 0;
  }
};

void convolvePanels(const Convolution& call, const Place& place, std::int64_t item, std::int64_t panel,
                    std::int64_t panels) {
  const MatrixShape& shape = call.shape;
  const std::int64_t pixel = shape.outChannels, first = panel * channelGroup;
  Products16 product{};
  product.inPixel = shape.inChannels * std::int64_t{sizeof(std::uint16_t)};
  product.inRow = call.blocking.packedRow;
  product.lines = shape.kernelHeight;
  product.chunks = shape.chunks();
  product.weights = reinterpret_cast<const std::uint16_t*>(call.weights) +
                    panel * product.lines * product.chunks * tileElements;
  product.bias = call.bias + first;
  const bool aroundCaches = call.aroundCaches();
  const std::int64_t begin = call.blocking.begin(item), end = call.blocking.begin(item + 1);
  for (std::int64_t row = begin; row < end; ++row) {
    const std::uint16_t* in = place.packed + (row - begin) * product.inRow;
    const Row y{call.y + row * shape.width * pixel + first, pixel};
    const Row out = aroundCaches ? Row{place.row, rowFloats} : y;
    panels == 2 ? multiplyRow<2>(product, in, out, shape) : multiplyRow<1>(product, in, out, shape);
    // The compiler does not know that the tiles write to y.
    std::atomic_signal_fence(std::memory_order_seq_cst);
    if (aroundCaches) copyAroundCaches(out, y, shape.width, panels * channelGroup);
    if (!call.statistics) continue;
    float* moments = call.statistics + row * 2 * pixel + first;
    for (std::int64_t c = 0; c < panels * channelGroup; c += channelGroup)
      rowMoments({out.first + c, out.pixel}, shape.width, moments + c, moments + pixel + c);
  }
}

void convolveItem(const Convolution& call, const Place& place, std::int64_t item) {
  const MatrixShape& shape = call.shape;
  const std::int64_t reach = shape.kernelHeight / 2, packedRow = call.blocking.packedRow;
  const std::int64_t begin = call.blocking.begin(item), end = call.blocking.begin(item + 1);
  for (std::int64_t row = begin - reach; row < end + reach; ++row)
    packRow(call.x, call.norm, shape, row, packedRow, place.packed + (row - begin + reach) * packedRow);
  std::atomic_signal_fence(std::memory_order_seq_cst);  // nor that they read this
  const std::int64_t all = shape.outChannels / channelGroup;
  for (std::int64_t panel = 0; panel < all; panel += 2)
    convolvePanels(call, place, item, panel, std::min<std::int64_t>(2, all - panel));
}

void convolve(const Convolution& call, float* scratch, std::int64_t threads, ParallelFor parallelFor) {
  std::atomic<std::int64_t> next{0};
  // As in winograd.cpp: an item of parallelFor is a place in the scratch memory.
  parallelFor(threads, [&](std::int64_t begin, std::int64_t end) {
    const TileConfiguration configuration = configurationFor(std::min(call.shape.width, tilePixels));
    _tile_loadconfig(&configuration);
    for (std::int64_t i = begin; i < end; ++i)
      for (std::int64_t item = next++; item < call.blocking.items; item = next++)
        convolveItem(call, call.blocking.place(scratch, i), item);
    _tile_release();
    _mm_sfence();  // what was written around the caches comes before what says so
  });
}

}  // namespace

#pragma GCC pop_options

namespace {

// The tiles' 8 KB of registers are a process's only when it has asked for them
// (https://docs.kernel.org/arch/x86/xstate.html).
bool mayUseTiles() noexcept {
  constexpr long requestPermission = 0x1023, tileData = 18;
  static const bool granted = syscall(SYS_arch_prctl, requestPermission, tileData) == 0;
  return granted;
}

}  // namespace

bool haveMatrixUnit() noexcept {
  return matrixUnitAllowed() && haveBf16() && __builtin_cpu_supports("amx-bf16") != 0 && mayUseTiles();
}

// A tile has 16 lines of pairs of inputs, of 16 outputs each.
void matrixWeights(WeightAt at, std::int64_t outputs, std::int64_t inputs, float* packed,
                   const MatrixShape& shape, ParallelFor parallelFor) {
  const std::int64_t panels = shape.outChannels / channelGroup;
  auto* elements = reinterpret_cast<std::uint16_t*>(packed);
  const auto weight = [&](std::int64_t out, std::int64_t row, std::int64_t element) {
    const std::int64_t column = element / shape.inChannels, in = element % shape.inChannels;
    return out < outputs && column < shape.kernelWidth && in < inputs ? at(out, in, row, column) : 0.0F;
  };
  parallelFor(panels, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t panel = begin; panel < end; ++panel) {
      // Panels lie by twos: their tiles are read in turns.
      const std::int64_t first = panel / 2 * 2, together = std::min<std::int64_t>(2, panels - first);
      for (std::int64_t tile = 0; tile < shape.kernelHeight * shape.chunks(); ++tile) {
        const std::int64_t place =
            first * shape.kernelHeight * shape.chunks() + tile * together + panel - first;
        std::uint16_t* to = elements + place * tileElements;
        for (std::int64_t k = 0; k < matrixChunk; ++k)
          for (std::int64_t lane = 0; lane < channelGroup; ++lane)
            to[k / 2 * matrixChunk + 2 * lane + k % 2] = toBf16(weight(
                panel * channelGroup + lane, tile / shape.chunks(), tile % shape.chunks() * matrixChunk + k));
      }
    }
  });
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
