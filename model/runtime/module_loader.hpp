// SPDX-License-Identifier: MIT
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

// Throws moduleMissing, because none of `names` is installed.
[[noreturn]] void throwNoModule(std::span<const std::string_view> names);

// A process can hold only one LibTorch, and a Python program may have imported another before us.
// The reason why module `name` must not be opened in this process, as a sentence; empty if there is none.
// Only modules built on LibTorch can conflict. Looks at the loaded libraries, loads none.
std::string torchConflict(std::string_view name);

// Whether its file exists; it is not loaded.
bool moduleInstalled(std::string_view name);

}  // namespace cut
