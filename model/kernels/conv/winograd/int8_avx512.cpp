// SPDX-License-Identifier: MIT
// The int8 microkernel, by dot products of AVX512-VNNI. Shared headers are included before the target is set,
// so that none of their inline functions is compiled for it.
#include "kernels/conv/winograd/winograd_gemm.hpp"

#include <hwy/base.h>
#include <immintrin.h>

#include <cstring>

HWY_PUSH_ATTRIBUTES("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")

namespace cut::cpu {
namespace {

constexpr std::int64_t maxRows = 12;
constexpr std::int64_t maxPanels = 2;
constexpr std::int64_t fours = 4 * channelGroup;  // elements of one vector: 16 outputs, four inputs each

__m512i fourOf(const std::uint8_t* in) {
  std::int32_t four;
  std::memcpy(&four, in, sizeof four);
  return _mm512_set1_epi32(four);
}

// With a mask of all lanes, because GCC 12 warns about its own header without one.
__m512 toFloats(__m512i integers) {
  return _mm512_maskz_cvtepi32_ps(0xFFFF, integers);
}

template <std::int64_t rows, std::int64_t panels>
void multiply(const MicrokernelArgs<std::uint8_t>& args) {
  const std::int64_t panelSize = args.panelSize();
  const std::uint8_t* weights = args.weights + sizeof(Int8PanelHeader);
  const std::uint8_t* nextWeights = args.nextWeights;
  __m512i sums[rows][panels];
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t p = 0; p < panels; ++p) sums[r][p] = _mm512_setzero_si512();
  for (std::int64_t g = 0; g < args.groups; ++g) {
    const std::uint8_t* in = args.in + g * args.inGroup;
    for (std::int64_t k = 0; k < channelGroup; k += 4, weights += fours) {
      __builtin_prefetch(nextWeights, 0, 2);
      nextWeights += fours;
      __m512i w[panels];
      for (std::int64_t p = 0; p < panels; ++p) w[p] = _mm512_load_si512(weights + p * panelSize);
#pragma GCC unroll 12
      for (std::int64_t r = 0; r < rows; ++r) {
        const __m512i value = fourOf(in + r * channelGroup + k);
        for (std::int64_t p = 0; p < panels; ++p) sums[r][p] = _mm512_dpbusd_epi32(sums[r][p], value, w[p]);
      }
    }
  }
  for (std::int64_t p = 0; p < panels; ++p) {
    const auto* head = reinterpret_cast<const Int8PanelHeader*>(args.weights + p * panelSize);
    const __m512 scale = _mm512_load_ps(head->scale);
    const __m512i offset = _mm512_load_si512(head->offset);
    for (std::int64_t r = 0; r < rows; ++r)
      _mm512_store_ps(args.out + r * chunkChannels + p * channelGroup,
                      _mm512_mul_ps(toFloats(_mm512_add_epi32(sums[r][p], offset)), scale));
  }
}

template <std::int64_t max, std::int64_t panels>
void multiplyRows(std::int64_t rows, const MicrokernelArgs<std::uint8_t>& args) {
  if (rows == max) {
    multiply<max, panels>(args);
  } else if constexpr (max > 1) {
    multiplyRows<max - 1, panels>(rows, args);
  }
}

void run(std::int64_t rows, std::int64_t panels, const MicrokernelArgs<std::uint8_t>& args) {
  panels == maxPanels ? multiplyRows<maxRows, maxPanels>(rows, args) : multiplyRows<maxRows, 1>(rows, args);
}

}  // namespace

HWY_POP_ATTRIBUTES

Microkernel<std::uint8_t> int8Microkernel() noexcept {
  return {maxRows, maxPanels, run};
}

}  // namespace cut::cpu
