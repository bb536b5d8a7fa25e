// SPDX-License-Identifier: MIT
// A module of another interface than ours.
#include "cuttranslate/export.hpp"
#include "runtime/module.hpp"

extern "C" CUT_API cut::EngineModule* cut_engine_module(std::uint32_t) {
  return nullptr;
}
