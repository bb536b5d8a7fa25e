// The weights' side of Winograd's convolutions: G kernel G^T, laid out as the products read it.
#include <algorithm>

#include "cpu/kernels/winograd.hpp"
#include "cpu/kernels/winograd_products.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/kernels/winograd_weights.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "cpu/kernels/load-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cut::cpu::HWY_NAMESPACE {

// G of F(6x6, 3x3) for the points 0, 1, -1, 2, -2, 1/2, -1/2 and infinity: 3 to 8.
HWY_INLINE void kernelLine(const Vec x[3], Vec y[8]) {
  const Floats d;
  const auto pair = [&](const Vec& even, const Vec& odd, Vec* to) HWY_ATTR {
    to[0] = hn::Add(even, odd);
    to[1] = hn::Sub(even, odd);
  };
  const auto times = [&](const Vec& v, double factor)
                         HWY_ATTR { return hn::Mul(v, hn::Set(d, static_cast<float>(factor))); };
  y[0] = x[0];
  pair(times(hn::Add(x[0], x[2]), -2.0 / 9), times(x[1], -2.0 / 9), y + 1);
  pair(hn::MulAdd(x[2], hn::Set(d, static_cast<float>(2.0 / 45)), times(x[0], 1.0 / 90)),
       times(x[1], 1.0 / 45), y + 3);
  pair(hn::MulAdd(x[0], hn::Set(d, static_cast<float>(32.0 / 45)), times(x[2], 8.0 / 45)),
       times(x[1], 16.0 / 45), y + 5);
  y[7] = x[2];
}

// taps (9, 16) to frequencies (64, 16): 16 kernels at once.
HWY_ATTR void transformKernels(const float* taps, float* to) {
  const Floats d;
  for (std::int64_t lane = 0; lane < channelGroup; lane += laneCount) {
    Vec rows[3][8];  // (column of the kernel, frequency of its rows)
    for (std::int64_t j = 0; j < 3; ++j) {
      Vec line[3];
      for (std::int64_t i = 0; i < 3; ++i) line[i] = hn::LoadU(d, taps + (3 * i + j) * channelGroup + lane);
      kernelLine(line, rows[j]);
    }
    for (std::int64_t i = 0; i < 8; ++i) {
      const Vec line[3] = {rows[0][i], rows[1][i], rows[2][i]};
      Vec out[8];
      kernelLine(line, out);
      for (std::int64_t j = 0; j < 8; ++j) hn::StoreU(out[j], d, to + (8 * i + j) * channelGroup + lane);
    }
  }
}

}  // namespace cut::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "cpu/kernels/bf16.hpp"

namespace cut::cpu {
namespace {

HWY_EXPORT(transformKernels);

// Of one input channel: a frequency's weights to 16 outputs.
using Group = float[frequencies][channelGroup];

void gather(const float* weights, std::int64_t outputs, std::int64_t inputs, std::int64_t first,
            std::int64_t in, Group& to) {
  float taps[9][channelGroup] = {};
  for (std::int64_t lane = 0; lane < std::min(channelGroup, outputs - first) && in < inputs; ++lane)
    for (std::int64_t tap = 0; tap < 9; ++tap)
      taps[tap][lane] = weights[((first + lane) * inputs + in) * 9 + tap];
  HWY_DYNAMIC_DISPATCH(transformKernels)(taps[0], to[0]);
}

// Panels are (inChannels, 16) in fp32, (inChannels / 2, 16, 2) in bf16: two inputs beside each other.
void put(const Group& even, const Group& odd, std::int64_t f, float* pair) {
  std::copy_n(even[f], channelGroup, pair);
  std::copy_n(odd[f], channelGroup, pair + channelGroup);
}

void put(const Group& even, const Group& odd, std::int64_t f, std::uint16_t* pair) {
  for (std::int64_t lane = 0; lane < channelGroup; ++lane) {
    pair[2 * lane] = toBf16(even[f][lane]);
    pair[2 * lane + 1] = toBf16(odd[f][lane]);
  }
}

// (chunk of 64 outputs, frequency, panel of 16 outputs, ...).
template <typename Element>
void packPanel(const float* weights, std::int64_t outputs, std::int64_t inputs, Element* packed,
               const WinogradShape& shape, std::int64_t panel) {
  const std::int64_t first = panel * channelGroup;
  const std::int64_t chunk = first / chunkChannels * chunkChannels;
  const std::int64_t channels = std::min(chunkChannels, shape.outChannels - chunk);
  Element* to = packed + (frequencies * chunk + first - chunk) * shape.inChannels;
  Group even, odd;
  for (std::int64_t in = 0; in < shape.inChannels; in += 2) {
    gather(weights, outputs, inputs, first, in, even);
    gather(weights, outputs, inputs, first, in + 1, odd);
    for (std::int64_t f = 0; f < frequencies; ++f)
      put(even, odd, f, to + f * channels * shape.inChannels + in * channelGroup);
  }
}

}  // namespace

void winogradWeights(const float* weights, std::int64_t outputs, std::int64_t inputs, float* transformed,
                     const WinogradShape& shape, ParallelFor parallelFor) {
  parallelFor(shape.outChannels / channelGroup, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t panel = begin; panel < end; ++panel) {
      if (shape.products == Products::bf16)
        packPanel(weights, outputs, inputs, reinterpret_cast<std::uint16_t*>(transformed), shape, panel);
      else
        packPanel(weights, outputs, inputs, transformed, shape, panel);
    }
  });
}

}  // namespace cut::cpu
#endif
