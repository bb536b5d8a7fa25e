// SPDX-License-Identifier: MIT
#include "trainer/options/values.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <system_error>

#include "base/text.hpp"
#include "cuttranslate/error.hpp"

namespace cut::trainer {
namespace {

std::string quoted(const std::string& text) {
  return text.empty() ? "nothing" : "'" + printable(text) + "'";
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n\v\f";
  const auto from = text.find_first_not_of(blanks);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(blanks) - from + 1);
}

// All of `text` as a number. from_chars knows no plus.
template <typename Number>
bool read(std::string_view text, Number& number) {
  text = trimmed(text);
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.starts_with('+')) return false;
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, number);
  return result.ec == std::errc() && result.ptr == end;
}

// Levenshtein's.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t exchanged = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({exchanged, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

// Nothing that a shell takes for more than itself.
bool isPlain(char c) {
  constexpr std::string_view harmless = "_@%+=:,./-";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         harmless.find(c) != std::string_view::npos;
}

}  // namespace

std::string IntegerRange::text() const {
  if (high == std::numeric_limits<std::int64_t>::max()) return std::to_string(low) + " or more";
  return std::to_string(low) + " to " + std::to_string(high);
}

std::string RealRange::text() const {
  return textOf(low) + (withoutHigh ? " to below " : " to ") + textOf(high);
}

void refuse(const std::string& option, const std::string& sentence) {
  throw Error(ErrorKind::invalidArgument, "--" + option + ": " + sentence);
}

void refuse(const std::string& option, const std::string& expected, const std::string& got) {
  refuse(option, "expected " + expected + ", got " + quoted(got));
}

bool booleanOf(const std::string& option, const std::string& text) {
  const std::string word = lowered(text);
  for (const char* yes : {"true", "yes", "t", "y", "1"})
    if (word == yes) return true;
  for (const char* no : {"false", "no", "f", "n", "0"})
    if (word == no) return false;
  refuse(option, "true or false (yes, no, 1, 0), or no value, which means true", text);
}

std::int64_t integerOf(const std::string& option, const std::string& text, const IntegerRange& range) {
  std::int64_t value = 0;
  if (!read(text, value) || value < range.low || value > range.high)
    refuse(option, "a whole number, " + range.text(), text);
  return value;
}

std::uint64_t seedOf(const std::string& option, const std::string& text) {
  std::uint64_t value = 0;
  if (!read(text, value)) refuse(option, "a whole number, 0 to 18446744073709551615", text);
  return value;
}

double realOf(const std::string& option, const std::string& text, const RealRange& range) {
  double value = 0;
  const bool inRange = read(text, value) && value >= range.low && value <= range.high &&
                       !(range.withoutHigh && value == range.high);  // all false for NaN
  if (!inRange) refuse(option, "a number, " + range.text(), text);
  return value;
}

std::vector<std::int64_t> integersOf(const std::string& option, const std::string& text,
                                     const IntegerRange& range) {
  std::vector<std::int64_t> values;
  for (std::size_t from = 0;;) {
    const std::size_t comma = text.find(',', from);
    std::int64_t value = 0;
    if (!read(std::string_view(text).substr(from, comma - from), value) || value < range.low ||
        value > range.high)
      refuse(option, "whole numbers, " + range.text() + ", with commas between them", text);
    values.push_back(value);
    if (comma == std::string::npos) return values;
    from = comma + 1;
  }
}

std::size_t indexOf(const std::string& option, const std::string& text, const Choices& choices,
                    Letters letters) {
  std::vector<std::string> accepted;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    const Choice& choice = choices[i];
    const bool same =
        letters == Letters::anyCase ? lowered(choice.word) == lowered(text) : choice.word == text;
    if (same && !choice.refusal.empty()) refuse(option, "'" + choice.word + "' " + choice.refusal);
    if (same) return i;
    if (choice.refusal.empty()) accepted.push_back(choice.word);
  }
  refuse(option, listed(accepted), text);
}

std::string lineOf(const std::string& option, const std::string& text) {
  constexpr unsigned char del = 0x7f;
  for (const char c : text)
    if (static_cast<unsigned char>(c) < ' ' || static_cast<unsigned char>(c) == del)
      refuse(option, "text without control characters", text);
  return text;
}

std::string shellWord(std::string_view word) {
  if (!word.empty() && std::all_of(word.begin(), word.end(), isPlain)) return std::string(word);
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? "'\\''" : std::string(1, c);
  return quoted + "'";
}

std::string shellCommand(int argc, const char* const* argv) {
  std::string text;
  for (int i = 0; i < argc; ++i) text += (i == 0 ? "" : " ") + shellWord(argv[i]);
  return text;
}

std::string textOf(bool value) {
  return value ? "true" : "false";
}

std::string textOf(double value) {
  std::array<char, 64> text{};
  const auto result =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::general);
  return {text.data(), result.ptr};
}

std::string textOf(const std::vector<std::int64_t>& values) {
  std::string text;
  for (const std::int64_t value : values) text += (text.empty() ? "" : ",") + std::to_string(value);
  return text;
}

std::string listed(const std::vector<std::string>& words, const char* last) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? std::string(" ") + last + " " : ", ";
    text += words[i];
  }
  return text;
}

std::string lowered(std::string_view text) {
  std::string word(text);
  for (char& c : word)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return word;
}

std::string nearest(const std::string& word, const std::vector<std::string>& words) {
  constexpr std::size_t longest = 64;  // no name is; the distance takes time by the product of the lengths
  if (word.size() > longest) return {};
  const std::string wanted = lowered(word);
  std::string best;
  std::size_t least = std::min(std::max<std::size_t>(2, word.size() / 3), word.size() / 2) + 1;
  for (const std::string& candidate : words) {
    const std::string known = lowered(candidate);
    // Half a name, as the reference's parser takes it, is near.
    const bool begins = wanted.size() >= 3 && known.starts_with(wanted);
    const std::size_t away =
        begins ? std::min<std::size_t>(1, distance(wanted, known)) : distance(wanted, known);
    if (away >= least) continue;
    least = away;
    best = candidate;
  }
  return best;
}

}  // namespace cut::trainer
