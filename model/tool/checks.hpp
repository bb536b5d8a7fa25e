// Small questions about files and weights that more than one subcommand asks.
#pragma once

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "cut/tensor.hpp"

namespace cut::tool {

// ".pt" of "street.PT".
inline std::string lowerSuffix(const std::filesystem::path& path) {
  std::string suffix = path.extension().string();
  for (char& c : suffix)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return suffix;
}

// The first tensor that has an element which is NaN or infinite; nullptr: none.
inline const std::string* firstNonFinite(const StateDict& weights) {
  const auto found = std::find_if(weights.begin(), weights.end(), [](const auto& entry) {
    const std::vector<float> values = toFloats(entry.second);
    return !std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); });
  });
  return found == weights.end() ? nullptr : &found->first;
}

}  // namespace cut::tool
