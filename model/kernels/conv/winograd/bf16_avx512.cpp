// Dot products of AVX512-BF16. Everything that could be shared with other code is included before the target
// is set, so that none of it needs such a machine.
#include "kernels/conv/winograd/bf16.hpp"

#include <hwy/targets.h>
#include <immintrin.h>

#include <cstring>

#include "kernels/conv/amx/amx_convolution.hpp"

#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")

namespace cut::cpu {
namespace {

constexpr std::int64_t maxRows = 12;
constexpr std::int64_t maxPanels = 2;
constexpr std::int64_t pairs = 2 * channelGroup;  // elements of one vector: 16 outputs, two inputs each

__m512bh pairOf(const std::uint16_t* in) {
  std::int32_t both;
  std::memcpy(&both, in, sizeof both);
  return reinterpret_cast<__m512bh>(_mm512_set1_epi32(both));
}

template <std::int64_t rows, std::int64_t panels>
void multiply(const Product<std::uint16_t>& product) {
  const std::int64_t panelSize = product.panelSize();
  const std::uint16_t* weights = product.weights;
  const std::uint16_t* nextWeights = product.nextWeights;
  __m512 sums[rows][panels];
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t p = 0; p < panels; ++p) sums[r][p] = _mm512_setzero_ps();
  for (std::int64_t g = 0; g < product.groups; ++g) {
    const std::uint16_t* in = product.in + g * product.inGroup;
    for (std::int64_t k = 0; k < channelGroup; k += 2, weights += pairs) {
      __builtin_prefetch(nextWeights, 0, 2);
      nextWeights += pairs;
      __m512bh w[panels];
      for (std::int64_t p = 0; p < panels; ++p)
        w[p] = reinterpret_cast<__m512bh>(_mm512_load_si512(weights + p * panelSize));
#pragma GCC unroll 12
      for (std::int64_t r = 0; r < rows; ++r) {
        const __m512bh value = pairOf(in + r * channelGroup + k);
        for (std::int64_t p = 0; p < panels; ++p) sums[r][p] = _mm512_dpbf16_ps(sums[r][p], w[p], value);
      }
    }
  }
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t p = 0; p < panels; ++p)
      _mm512_store_ps(product.out + r * chunkChannels + p * channelGroup, sums[r][p]);
}

template <std::int64_t max, std::int64_t panels>
void multiplyRows(std::int64_t rows, const Product<std::uint16_t>& product) {
  if (rows == max) {
    multiply<max, panels>(product);
  } else if constexpr (max > 1) {
    multiplyRows<max - 1, panels>(rows, product);
  }
}

void run(std::int64_t rows, std::int64_t panels, const Product<std::uint16_t>& product) {
  panels == maxPanels ? multiplyRows<maxRows, maxPanels>(rows, product)
                      : multiplyRows<maxRows, 1>(rows, product);
}

}  // namespace

#pragma GCC pop_options

// The cap is Highway's; it knows AVX-512 with BF16 no finer than AVX3.
bool haveBf16() noexcept {
  return (hwy::SupportedTargets() & HWY_AVX3) != 0 && __builtin_cpu_supports("avx512bf16") != 0;
}

// On Intel's processors these dot products are no gain: on Sapphire Rapids a
// layer of a block takes 15 ms and 12 ms in fp32 (layers-bench 256 256 64 9 1 7).
bool haveFastBf16() noexcept {
  return haveAmx() || (haveBf16() && __builtin_cpu_is("amd") != 0);
}

MicroKernel<std::uint16_t> bf16Kernel() noexcept {
  return {maxRows, maxPanels, run};
}

}  // namespace cut::cpu
