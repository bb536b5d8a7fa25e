// SPDX-License-Identifier: MIT
// What kernels of each instruction set share: vector types, microkernel sizes, loops over channels, ReLU and
// loads with a norm. Included once per target, which is why its guard toggles.
#if defined(CUT_CPU_SIMD_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef CUT_CPU_SIMD_INL
#undef CUT_CPU_SIMD_INL
#else
#define CUT_CPU_SIMD_INL
#endif

#include <hwy/highway.h>

#include <cstdint>

#include "kernels/base/feature_map.hpp"

HWY_BEFORE_NAMESPACE();
namespace cut::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::CappedTag<float, channelGroup>;
using Vec = hn::Vec<Floats>;
constexpr std::int64_t laneCount = static_cast<std::int64_t>(hn::MaxLanes(Floats()));

// Of microkernels: a panel is 16 channels. Accumulators for maxRows by maxPanels take 24 of 32 registers with
// AVX-512, 12 of 16 elsewhere, and leave the others for weights and inputs.
constexpr std::int64_t panelVectors = channelGroup / laneCount;
constexpr std::int64_t maxPanels = laneCount == 16 ? 2 : 1;
constexpr std::int64_t maxRows = laneCount == 16 ? 12 : laneCount == 8 ? 6 : 3;

// Calls body(tag, c) for the channels from c on: whole vectors, then shorter and shorter ones down to a
// single lane, so that no number of channels needs padding.
template <typename D, typename Body>
HWY_INLINE void forChannels(D d, std::int64_t c, std::int64_t channels, const Body& body) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  for (; c + lanes <= channels; c += lanes) body(d, c);
  if constexpr (hn::MaxLanes(D()) > 1) {
    if (c < channels) forChannels(hn::CappedTag<float, hn::MaxLanes(D()) / 2>(), c, channels, body);
  }
}

// ReLU that passes NaN on. On x86 a maximum does, because it gives its second operand where either is NaN;
// elsewhere a maximum would hide NaN.
template <class D, class V>
HWY_INLINE V relu(D d, V x) {
  constexpr bool emulated = HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128;
  if constexpr (HWY_ARCH_X86 && !emulated) return hn::Max(hn::Zero(d), x);
  return hn::IfThenZeroElse(hn::Lt(x, hn::Zero(d)), x);
}

// Loads the channels [c, c + laneCount) of a pixel with their norm and ReLU; `leaky`: a leaky ReLU with
// `slope`.
template <bool normalise, bool leaky = false>
struct Loader {
  HWY_INLINE Loader(const NormRelu& norm, std::int64_t c, float slope = 0) {
    if constexpr (normalise) {
      mean = hn::LoadU(Floats(), norm.mean + c);
      scale = hn::LoadU(Floats(), norm.invStd + c);
    }
    if constexpr (leaky) below = hn::Set(Floats(), slope);
  }

  HWY_INLINE Vec operator()(const float* x) const {
    const Floats d;
    const Vec value = hn::LoadU(d, x);
    if constexpr (!normalise) return value;
    const Vec normed = hn::Mul(hn::Sub(value, mean), scale);
    if constexpr (leaky) return hn::Max(normed, hn::Mul(normed, below));
    return relu(d, normed);
  }

  Vec mean, scale, below;
};

}  // namespace cut::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
