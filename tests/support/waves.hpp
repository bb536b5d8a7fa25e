// SPDX-License-Identifier: MIT
// Inputs that are the same on every machine, and neither flat nor of chance.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

namespace cut::test {

inline std::vector<float> waves(std::size_t count) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = std::sin(static_cast<float>(i));
  return values;
}

}  // namespace cut::test
