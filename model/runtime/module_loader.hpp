// Finds and opens engine modules: shared libraries that stay resident once opened.
#pragma once

#include <span>
#include <string_view>

#include "runtime/module.hpp"

namespace cut {

// Looks for libcuttranslate-<name>.so in the folders of CUT_MODULE_PATH, or, where it is unset or empty,
// beside libcuttranslate.so (`cuttranslate/` where it is installed, `backends/<name>/` in a build folder).
// Throws moduleMissing, saying where it looked and how to get it.
EngineModule& openModule(std::string_view name);

// Throws moduleMissing: none of `names` is there.
[[noreturn]] void throwNoModule(std::span<const std::string_view> names);

// The file is there; whether it can be loaded is not tried.
bool moduleInstalled(std::string_view name);

}  // namespace cut
