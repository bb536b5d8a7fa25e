// Loops over channels for the kernels of each instruction set. Included once per target, which is why its
// guard toggles.
#if defined(CUT_CPU_CHANNELS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef CUT_CPU_CHANNELS_INL
#undef CUT_CPU_CHANNELS_INL
#else
#define CUT_CPU_CHANNELS_INL
#endif

#include <hwy/highway.h>

#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace cut::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Calls body(tag, c) for the channels from c on: whole vectors, then ever shorter ones down to a single lane,
// so that no channel count needs padding.
template <typename D, typename Body>
HWY_INLINE void forChannels(D d, std::int64_t c, std::int64_t channels, const Body& body) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  for (; c + lanes <= channels; c += lanes) body(d, c);
  if constexpr (hn::MaxLanes(D()) > 1) {
    if (c < channels) forChannels(hn::CappedTag<float, hn::MaxLanes(D()) / 2>(), c, channels, body);
  }
}

}  // namespace cut::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
