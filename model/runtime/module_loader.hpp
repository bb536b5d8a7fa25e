// Finds and opens engine modules: shared libraries that stay resident once opened.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "runtime/module.hpp"

namespace cut {

// Looks for libcuttranslate-<name>.so in the folders of CUT_MODULE_PATH, or, where it is unset or empty,
// beside libcuttranslate.so (`cuttranslate/` where it is installed, `backends/<name>/` in a build folder).
// Throws moduleMissing, saying where it looked and how to get it.
EngineModule& openModule(std::string_view name);

// Throws moduleMissing: none of `names` is there.
[[noreturn]] void throwNoModule(std::span<const std::string_view> names);

// A process can hold only one LibTorch, and a Python program may have imported another before us.
// Why module `name` must not be opened in this process, as a sentence; empty where nothing speaks against it.
// Only modules built on LibTorch can conflict. Looks at loaded libraries, loads none.
std::string torchConflict(std::string_view name);

// The file is there; whether it can be loaded is not tried.
bool moduleInstalled(std::string_view name);

}  // namespace cut
