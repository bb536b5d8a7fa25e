#include "runtime/engine_choice.hpp"

#include <dlfcn.h>

#include "runtime/module_loader.hpp"

namespace cut {
namespace {

// A card needs a driver; whether there is a card behind it, LibTorch finds out.
bool haveCudaDriver() {
  void* driver = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL);
  if (driver) dlclose(driver);
  return driver != nullptr;
}

bool onCpu(const std::string& device, bool haveTorch) {
  return device == "cpu" || (device == "auto" && !(haveTorch && haveCudaDriver()));
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

}  // namespace cut
