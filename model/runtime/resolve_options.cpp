// SPDX-License-Identifier: MIT
#include "runtime/resolve_options.hpp"

#include <dlfcn.h>
#include <sched.h>

#include <algorithm>
#include <thread>

#include "runtime/module_loader.hpp"

namespace cut {
namespace {

// Only the driver is looked for. Whether it has a device, LibTorch finds out.
bool haveCudaDriver() {
  void* driver = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL);
  if (driver) dlclose(driver);
  return driver != nullptr;
}

bool onCpu(const std::string& device, bool haveTorch) {
  return device == "cpu" || (device == "auto" && !(haveTorch && haveCudaDriver()));
}

int allowedThreads() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
  return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

}  // namespace

std::vector<std::string> engineChoices(const EngineOptions& options) {
  if (options.engine != "auto") return {options.engine};
  const bool haveTorch = moduleInstalled("torch");
  std::vector<std::string> names;
  const bool cpuServes = onCpu(options.device, haveTorch);
  if (cpuServes && moduleInstalled("cpu")) names.emplace_back("cpu");
  if (haveTorch) names.emplace_back("torch");
  if (names.empty() && cpuServes) throwNoModule({{"cpu", "torch"}});
  if (names.empty()) throwNoModule({{"torch"}});
  return names;
}

int usableThreads(int wanted) {
  const int allowed = allowedThreads();
  return wanted == 0 ? allowed : std::min(wanted, allowed);
}

}  // namespace cut
