// Which engine modules engine=auto tries, and in which order.
#pragma once

#include <string>
#include <vector>

#include "cuttranslate/engine.hpp"

namespace cut {

// The engine that was asked for. For auto: `cpu` and then `torch`, as far as they are installed; torch alone
// where a CUDA device was asked for, or where device=auto may find one. Never empty: throws moduleMissing.
std::vector<std::string> engineChoices(const EngineOptions& options);

}  // namespace cut
