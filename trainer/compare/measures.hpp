// SPDX-License-Identifier: MIT
// The numbers of an evaluation that a comparison shows.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "trainer/report/comparison_page.hpp"

namespace cut::trainer {

// With what a model that does nothing has, and two halves of B. `evaluation` is what `cut-trainer evaluate
// --json` prints. Throws nlohmann's json::exception for anything else.
std::vector<ComparisonMeasure> measuresOf(const nlohmann::json& evaluation);

// A value of each measure; NaN where an evaluation lacks it.
std::vector<double> valuesOf(const nlohmann::json& evaluation,
                             const std::vector<ComparisonMeasure>& measures);

}  // namespace cut::trainer
