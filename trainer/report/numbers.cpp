// SPDX-License-Identifier: MIT
#include "trainer/report/numbers.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace cut::trainer {
namespace {

constexpr double longest = 1e15;  // seconds; longer than any run, and within an int64

}  // namespace

std::string toShortest(double value) {
  std::array<char, 32> text;
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

std::string toPrecision(double value, int digits) {
  std::array<char, 64> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::general,
                                 std::clamp(digits, 1, 17));
  return {text.data(), end.ptr};
}

std::string grouped(std::int64_t value) {
  std::string text = std::to_string(value);
  const std::size_t first = value < 0 ? 1 : 0;
  for (std::size_t at = text.size(); at > first + 3;) text.insert(at -= 3, ",");
  return text;
}

std::string duration(double seconds) {
  if (!std::isfinite(seconds)) return "?";
  const auto whole = static_cast<std::int64_t>(std::clamp(std::round(seconds), 0.0, longest));
  const auto two = [](std::int64_t large, const char* unit, std::int64_t small, const char* smaller) {
    std::string text = std::to_string(large) + unit;
    return small == 0 ? text : text + " " + std::to_string(small) + smaller;
  };
  if (whole < 60) return std::to_string(whole) + " s";
  if (whole < 3600) return two(whole / 60, " min", whole % 60, " s");
  if (whole < 86400) return two(whole / 3600, " h", whole % 3600 / 60, " min");
  return two(whole / 86400, " d", whole % 86400 / 3600, " h");
}

}  // namespace cut::trainer
