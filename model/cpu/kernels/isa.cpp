#include "cpu/kernels/isa.hpp"

#include <hwy/targets.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <cstdlib>

#include "cut/error.hpp"

namespace cut::cpu {
namespace {

// Highway's names are its own: AVX3 is AVX-512, EMU128 and SCALAR are plain C++.
std::string isaName(std::int64_t target) {
  if (target == HWY_EMU128 || target == HWY_SCALAR) return "none";
  std::string name = hwy::TargetName(target);
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  return name == "avx3" ? "avx512" : name;
}

}  // namespace

void applyIsaCap() {
  const char* cap = std::getenv("CUT_CPU_ISA");
  if (!cap || !*cap) return;
  std::string known;
  // From the best target to the plainest: a target's bit is the higher, the less it can do.
  for (std::int64_t target = 1; target > 0 && target <= HWY_TARGETS; target <<= 1) {
    if (!(HWY_TARGETS & target)) continue;
    if (isaName(target) == cap) {
      hwy::DisableTargets(target - 1);
      return;
    }
    known += (known.empty() ? "" : ", ") + isaName(target);
  }
  throw Error(ErrorKind::invalidArgument,
              "CUT_CPU_ISA is '" + std::string(cap) + "', but these kernels know " + known);
}

std::string activeIsa() {
  const std::int64_t targets = hwy::SupportedTargets() & HWY_TARGETS;
  return isaName(targets & -targets);
}

}  // namespace cut::cpu
