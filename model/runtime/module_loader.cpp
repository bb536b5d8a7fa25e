#include "runtime/module_loader.hpp"

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "runtime/exit_gate.hpp"
#include "runtime/torch_conflict.hpp"

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

// Empty where no folder has it.
fs::path findModule(const std::string& file, const std::vector<fs::path>& folders) {
  for (const auto& folder : folders) {
    std::error_code ignored;
    if (fs::path path = folder / file; fs::exists(path, ignored)) return path;
  }
  return {};
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
