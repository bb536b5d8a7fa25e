// Loads of channels with their norm and ReLU, for the kernels of each instruction set. Included once per
// target, which is why its guard toggles.
#if defined(CUT_CPU_LOAD_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef CUT_CPU_LOAD_INL
#undef CUT_CPU_LOAD_INL
#else
#define CUT_CPU_LOAD_INL
#endif

#include <hwy/highway.h>

#include "kernels/base/relu-inl.hpp"
#include "kernels/norm/norm_relu.hpp"

HWY_BEFORE_NAMESPACE();
namespace cut::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::CappedTag<float, channelGroup>;
using Vec = hn::Vec<Floats>;
constexpr std::int64_t laneCount = static_cast<std::int64_t>(hn::MaxLanes(Floats()));

// Of the products: a panel is 16 channels. Accumulators of maxRows times maxPanels leave registers for
// weights and inputs: 24 of 32 with AVX-512, 12 of 16 elsewhere.
constexpr std::int64_t panelVectors = channelGroup / laneCount;
constexpr std::int64_t maxPanels = laneCount == 16 ? 2 : 1;
constexpr std::int64_t maxRows = laneCount == 16 ? 12 : laneCount == 8 ? 6 : 3;

// Of the channels [c, c + laneCount). `leaky`: what is below zero is multiplied by `slope` instead of cut
// off.
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
