// SPDX-License-Identifier: MIT
// Numbers as text, the same in every locale.
#pragma once

#include <cstdint>
#include <string>

namespace cut::trainer {

// The shortest decimal that reads back as the same double; nan, inf, -inf.
std::string toShortest(double value);

// At most `digits` significant digits: 0.3142, 1.2e-05.
std::string toPrecision(double value, int digits = 4);

// 1234567 as 1,234,567.
std::string grouped(std::int64_t value);

// Two units at most: "42 s", "3 min 20 s", "2 h 5 min", "3 d 4 h".
std::string duration(double seconds);

// Whether a count of images reached a multiple of `frequency` (above 0) between `before` and `after`.
constexpr bool isDue(std::int64_t before, std::int64_t after, std::int64_t frequency) noexcept {
  return after / frequency != before / frequency;
}

}  // namespace cut::trainer
