#include "runtime/torch_conflict.hpp"

#include <dlfcn.h>
#include <link.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "torch_version.hpp"

namespace cut {
namespace {

// Debian's library has its version in the name, so the name is compared up to there only.
std::vector<std::string> loadedTorchLibraries() {
  std::vector<std::string> paths;
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* result) {
        const std::string_view path = info->dlpi_name ? info->dlpi_name : "";
        const auto slash = path.rfind('/');
        if (path.substr(slash == std::string_view::npos ? 0 : slash + 1).starts_with("libtorch_cpu.so"))
          static_cast<std::vector<std::string>*>(result)->emplace_back(path);
        return 0;
      },
      &paths);
  return paths;
}

struct CloseLibrary {
  void operator()(void* handle) const noexcept { dlclose(handle); }
};

// "2.15.0"; empty where the library does not say (before 2.7).
std::string versionOf(const std::string& path) {
  const std::unique_ptr<void, CloseLibrary> library(dlopen(path.c_str(), RTLD_LAZY | RTLD_NOLOAD));
  if (!library) return {};
  const auto version = reinterpret_cast<std::uint64_t (*)()>(dlsym(library.get(), "aoti_torch_abi_version"));
  if (!version) return {};
  const std::uint64_t number = version();  // a byte each from the top: major, minor, patch
  return std::to_string(number >> 56) + "." + std::to_string((number >> 48) & 0xff) + "." +
         std::to_string((number >> 40) & 0xff);
}

}  // namespace

std::string torchConflict(std::string_view name) {
  if (name != "torch") return {};
  const std::string_view needed = builtForTorch;
  for (const auto& path : loadedTorchLibraries()) {
    const std::string version = versionOf(path);
    if (version == needed) continue;
    return "this process has loaded LibTorch " + (version.empty() ? "of an older version" : version) + " (" +
           path + ") already, and cuttranslate was built for " + std::string(needed) +
           "; use the same version, or build cuttranslate with LIBTORCH set to that one, or import torch in "
           "another "
           "process";
  }
  return {};
}

}  // namespace cut
