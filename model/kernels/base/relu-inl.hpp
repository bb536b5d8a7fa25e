// The ReLU that passes NaN on. Included once per target, which is why its guard toggles.
#if defined(CUT_CPU_RELU_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef CUT_CPU_RELU_INL
#undef CUT_CPU_RELU_INL
#else
#define CUT_CPU_RELU_INL
#endif

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace cut::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// A maximum alone hides NaN, but for x86's: that gives its second operand where either is NaN.
template <class D, class V>
HWY_INLINE V relu(D d, V x) {
  constexpr bool emulated = HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128;
  if constexpr (HWY_ARCH_X86 && !emulated) return hn::Max(hn::Zero(d), x);
  return hn::IfThenZeroElse(hn::Lt(x, hn::Zero(d)), x);
}

}  // namespace cut::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
