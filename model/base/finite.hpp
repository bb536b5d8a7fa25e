// Whether weights are numbers that can give a picture.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "cuttranslate/tensor.hpp"

namespace cut {

// The first tensor that has an element which is NaN or infinite; nullptr: none.
inline const std::string* firstNonFinite(const StateDict& weights) {
  const auto found = std::find_if(weights.begin(), weights.end(), [](const auto& entry) {
    const std::vector<float> values = toFloats(entry.second);
    return !std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); });
  });
  return found == weights.end() ? nullptr : &found->first;
}

}  // namespace cut
