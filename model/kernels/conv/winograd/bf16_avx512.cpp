// SPDX-License-Identifier: MIT
// The bf16 microkernel, by dot products of AVX512-BF16. Shared headers are included before the target is set,
// so that none of their inline functions is compiled for it.
#include "kernels/conv/winograd/winograd_gemm.hpp"

#include <hwy/base.h>
#include <immintrin.h>

#include <cstring>

HWY_PUSH_ATTRIBUTES("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")

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
void multiply(const MicrokernelArgs<std::uint16_t>& args) {
  const std::int64_t panelSize = args.panelSize();
  const std::uint16_t* weights = args.weights;
  const std::uint16_t* nextWeights = args.nextWeights;
  __m512 sums[rows][panels];
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t p = 0; p < panels; ++p) sums[r][p] = _mm512_setzero_ps();
  for (std::int64_t g = 0; g < args.groups; ++g) {
    const std::uint16_t* in = args.in + g * args.inGroup;
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
      _mm512_store_ps(args.out + r * chunkChannels + p * channelGroup, sums[r][p]);
}

template <std::int64_t max, std::int64_t panels>
void multiplyRows(std::int64_t rows, const MicrokernelArgs<std::uint16_t>& args) {
  if (rows == max) {
    multiply<max, panels>(args);
  } else if constexpr (max > 1) {
    multiplyRows<max - 1, panels>(rows, args);
  }
}

void run(std::int64_t rows, std::int64_t panels, const MicrokernelArgs<std::uint16_t>& args) {
  panels == maxPanels ? multiplyRows<maxRows, maxPanels>(rows, args) : multiplyRows<maxRows, 1>(rows, args);
}

}  // namespace

HWY_POP_ATTRIBUTES

Microkernel<std::uint16_t> bf16Microkernel() noexcept {
  return {maxRows, maxPanels, run};
}

}  // namespace cut::cpu
