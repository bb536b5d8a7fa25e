// SPDX-License-Identifier: MIT
// Words of the command line and of configuration files to values and back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace cut::trainer {

// Both ends belong to it.
struct IntegerRange {
  std::int64_t low = std::numeric_limits<std::int64_t>::min();
  std::int64_t high = std::numeric_limits<std::int64_t>::max();

  std::string text() const;  // "1 to 1024", "1 or more"
};

struct RealRange {
  double low = 0;
  double high = 0;
  bool withoutHigh = false;  // [low, high)

  std::string text() const;  // "0 to 10", "0 to below 1"
};

// A word that an option knows. Where `refusal` says why it cannot be had, it is refused with that.
struct Choice {
  std::string word;
  std::string refusal = {};
};
using Choices = std::vector<Choice>;

enum class Letters { asWritten, anyCase };

// Throws invalidArgument: "--option: sentence".
[[noreturn]] void refuse(const std::string& option, const std::string& sentence);
[[noreturn]] void refuse(const std::string& option, const std::string& expected, const std::string& got);

// All of these throw invalidArgument, naming the option, what it expects and what came. Numbers are decimal,
// may have a sign and blanks round them, as Python reads them.
bool booleanOf(const std::string& option, const std::string& text);
std::int64_t integerOf(const std::string& option, const std::string& text, const IntegerRange& range);
std::uint64_t seedOf(const std::string& option, const std::string& text);
double realOf(const std::string& option, const std::string& text, const RealRange& range);
std::vector<std::int64_t> integersOf(const std::string& option, const std::string& text,
                                     const IntegerRange& range);  // "0,4,8"
// Which of them it is; refused ones are refused.
std::size_t indexOf(const std::string& option, const std::string& text, const Choices& choices,
                    Letters letters = Letters::asWritten);
// Without control characters: a name, a path.
std::string lineOf(const std::string& option, const std::string& text);

// What a POSIX shell reads as this one word, and as these words.
std::string shellWord(std::string_view word);
std::string shellCommand(int argc, const char* const* argv);

std::string textOf(bool value);                               // true, false
std::string textOf(double value);                             // the shortest that reads back to the same
std::string textOf(const std::vector<std::int64_t>& values);  // "0,4,8"

// "a, b or c".
std::string listed(const std::vector<std::string>& words, const char* last = "or");

std::string lowered(std::string_view text);  // ASCII

// The word that is the fewest insertions, deletions and exchanges away; empty where none resembles it.
std::string nearest(const std::string& word, const std::vector<std::string>& words);

}  // namespace cut::trainer
