// SPDX-License-Identifier: MIT
// Runs a kernel test once for every instruction set that this machine has.
#pragma once

#include <hwy/highway.h>
#include <hwy/targets.h>

#include <cstdint>
#include <functional>
#include <vector>

namespace cut::tests {

#ifndef HWY_COMPILE_ONLY_STATIC
// Restricts the kernels to one of Highway's targets while it lives.
class OnlyTarget {
 public:
  explicit OnlyTarget(std::int64_t target) { restrictTo(target); }
  ~OnlyTarget() { restrictTo(0); }
  OnlyTarget(const OnlyTarget&) = delete;
  OnlyTarget& operator=(const OnlyTarget&) = delete;

 private:
  static void restrictTo(std::int64_t target) {
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
};

inline void forEachTarget(const std::function<void(const char* name)>& body) {
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    const OnlyTarget only(target);
    body(hwy::TargetName(target));
  }
}
#else
// A cross build (neon.sh) has the one that its compiler was told.
inline void forEachTarget(const std::function<void(const char* name)>& body) {
  body(HWY_STR(HWY_NAMESPACE));
}
#endif

}  // namespace cut::tests
