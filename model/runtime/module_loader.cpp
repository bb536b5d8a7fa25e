// SPDX-License-Identifier: MIT
#include "runtime/module_loader.hpp"

#include <dlfcn.h>
#include <link.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "runtime/exit_gate.hpp"
#include "torch_version.hpp"

namespace cut {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> moduleFolders(std::string_view name) {
  std::vector<fs::path> folders;
  if (const char* path = std::getenv("CUT_MODULE_PATH"); path && *path) {
    std::string_view rest = path;
    while (!rest.empty()) {
      const auto end = rest.find(':');
      if (end != 0) folders.emplace_back(rest.substr(0, end));
      rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    }
    return folders;
  }
  Dl_info self{};
  if (dladdr(reinterpret_cast<const void*>(&openModule), &self) && self.dli_fname) {
    const fs::path here = fs::absolute(self.dli_fname).parent_path();
    folders.push_back(here / "cuttranslate");
    folders.push_back(here / "backends" / name);
  }
  return folders;
}

std::string fileOf(std::string_view name) {
  return "libcuttranslate-" + std::string(name) + ".so";
}

// Empty if no folder has it.
fs::path findModule(const std::string& file, const std::vector<fs::path>& folders) {
  for (const auto& folder : folders) {
    std::error_code ignored;
    if (fs::path path = folder / file; fs::exists(path, ignored)) return path;
  }
  return {};
}

// Compares a prefix of the name, because Debian's library has the version in it.
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

EngineModule& load(std::string_view name, const fs::path& path) {
  if (const std::string conflict = torchConflict(name); !conflict.empty())
    throw Error(ErrorKind::moduleMissing, conflict);
  const bool first = !dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD);
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (!handle) {
    const char* why = dlerror();
    throw Error(ErrorKind::moduleMissing, "engine module \"" + std::string(name) +
                                              "\" cannot be loaded: " + (why ? why : "unknown reason"));
  }
  const auto entry = reinterpret_cast<ModuleEntry>(dlsym(handle, moduleSymbol));
  EngineModule* module = entry ? entry(moduleInterface) : nullptr;
  if (!module)
    throw Error(
        ErrorKind::moduleMissing,
        path.string() + (entry ? " was built for another interface than " : " exports no entry for ") +
            std::to_string(moduleInterface) + "; install libcuttranslate and its modules from one build");
  if (first) ExitGate::shutAtExit();
  return *module;
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

bool moduleInstalled(std::string_view name) {
  return !findModule(fileOf(name), moduleFolders(name)).empty();
}

void throwNoModule(std::span<const std::string_view> names) {
  std::string modules, files, looked;
  std::set<fs::path> folders;
  for (const std::string_view name : names) {
    modules += (modules.empty() ? "\"" : " nor \"") + std::string(name) + "\"";
    files += (files.empty() ? "" : " and no ") + fileOf(name);
    for (const auto& folder : moduleFolders(name))
      if (folders.insert(folder).second) looked += (looked.empty() ? "" : ", ") + folder.string();
  }
  throw Error(ErrorKind::moduleMissing,
              (names.size() > 1 ? "neither engine module " + modules + " is"
                                : "engine module " + modules + " is not") +
                  " installed: no " + files + " in " + (looked.empty() ? "any folder" : looked) +
                  "; build cuttranslate (pipelines/build.sh does it with LibTorch) or set CUT_MODULE_PATH");
}

EngineModule& openModule(std::string_view name) {
  const fs::path path = findModule(fileOf(name), moduleFolders(name));
  if (path.empty()) throwNoModule({{name}});
  return load(name, path);
}

}  // namespace cut
