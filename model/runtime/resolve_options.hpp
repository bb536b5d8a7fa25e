// SPDX-License-Identifier: MIT
// Resolves the auto values of EngineOptions on this machine.
#pragma once

#include <string>
#include <vector>

#include "cuttranslate/engine.hpp"

namespace cut {

// The engine that was asked for. For auto: `cpu` and then `torch`, as far as they are installed; torch alone
// where a CUDA device was asked for, or where device=auto may find one. Never empty: throws moduleMissing.
std::vector<std::string> engineChoices(const EngineOptions& options);

// `wanted`, or all processors that the process may use where it is 0; never more than those.
int usableThreads(int wanted);

}  // namespace cut
