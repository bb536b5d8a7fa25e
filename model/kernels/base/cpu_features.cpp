// SPDX-License-Identifier: MIT
#include "kernels/base/cpu_features.hpp"

#include <hwy/targets.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <cstdint>
#include <cstdlib>

#include "cuttranslate/error.hpp"

namespace cut::cpu {
namespace {

// An instruction set above all of Highway's targets.
constexpr const char* amxName = "amx";

std::atomic<bool> allowAmx{true};

std::string lowerCase(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

// Highway calls AVX-512 AVX3, and plain C++ EMU128 or SCALAR.
std::string isaName(std::int64_t target) {
  if (target == HWY_EMU128 || target == HWY_SCALAR) return "none";
  const std::string name = lowerCase(hwy::TargetName(target));
  return name == "avx3" ? "avx512" : name;
}

}  // namespace

void applyIsaCap() {
  const char* variable = std::getenv("CUT_CPU_ISA");
  if (!variable || !*variable) return;
  const std::string cap = lowerCase(variable);
  allowAmx = cap == amxName;
  if (allowAmx) return;
  std::string known = amxName;
  // From the best target to the plainest: a target's bit is the higher, the less it can do.
  for (std::int64_t target = 1; target > 0 && target <= HWY_TARGETS; target <<= 1) {
    if (!(HWY_TARGETS & target)) continue;
    if (isaName(target) == cap) {
      hwy::DisableTargets(target - 1);
      return;
    }
    known += ", " + isaName(target);
  }
  throw Error(ErrorKind::invalidArgument,
              "CUT_CPU_ISA is '" + std::string(variable) + "', but these kernels know " + known);
}

std::string activeIsa() {
  const std::int64_t targets = hwy::SupportedTargets() & HWY_TARGETS;
  return isaName(targets & -targets);
}

bool amxAllowed() noexcept {
  return allowAmx;
}

}  // namespace cut::cpu
