// SPDX-License-Identifier: MIT
#include "formats/checkpoint_keys.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/text.hpp"
#include "cuttranslate/error.hpp"

namespace cut {
namespace {

constexpr std::array<std::string_view, 13> knownKeys{
    "netG",  "G",      "g",   "generator", "netG_A",           "G_A",       "gen",
    "net_g", "params", "net", "model",     "model_state_dict", "state_dict"};
constexpr std::array<std::string_view, 5> averageWords{"ema", "swa", "avg", "average", "averaged"};

bool meansAverage(std::string_view word) {
  return std::any_of(averageWords.begin(), averageWords.end(), [word](std::string_view known) {
    return std::equal(word.begin(), word.end(), known.begin(), known.end(),
                      [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; });
  });
}

// "netG" for "netG_ema". Sets `removed` where it removes a word. A key of over 64 bytes is never a known one.
std::string withoutAverageWords(std::string_view key, bool& removed) {
  constexpr std::size_t maxBytes = 64;
  if (key.size() > maxBytes) return std::string(key);
  std::string rest;
  for (std::size_t begin = 0; begin <= key.size();) {
    const std::size_t end = std::min(key.find_first_of("_-", begin), key.size());
    const std::string_view word = key.substr(begin, end - begin);
    if (meansAverage(word))
      removed = true;
    else
      rest.append(rest.empty() ? "" : "_").append(word);
    begin = end + 1;
  }
  return rest;
}

KeyRank rankOf(const NamedGenerator& generator) {
  KeyRank rank = rankOfPath(generator.key);
  rank.isAveraged = rank.isAveraged || generator.isAveraged;
  return rank;
}

std::string quoted(const NamedGenerator& generator) {
  return generator.key.empty() ? "no key" : "'" + printable(generator.key) + "'";
}

// "'a', 'b', ..." without the one at index `without`.
std::string listOf(const std::vector<NamedGenerator>& found, std::optional<std::size_t> without) {
  constexpr std::size_t maxNamed = 5;
  std::string list;
  std::size_t count = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (i == without) continue;
    if (++count > maxNamed) return list + ", ...";
    list += (count > 1 ? ", " : "") + quoted(found[i]);
  }
  return list;
}

}  // namespace

bool KeyRank::isKnown() const noexcept {
  return isAveraged || position < knownKeys.size();
}

KeyRank rankOfPath(std::string_view path) {
  KeyRank rank{false, knownKeys.size()};
  const auto depth = static_cast<std::size_t>(std::count(path.begin(), path.end(), '.'));
  bool hasPosition = false;
  while (!path.empty()) {
    const std::size_t dot = path.rfind('.');
    const std::size_t begin = dot == std::string_view::npos ? 0 : dot + 1;
    const std::string rest = withoutAverageWords(path.substr(begin), rank.isAveraged);
    if (!rest.empty() && !std::exchange(hasPosition, true))
      rank.position =
          static_cast<std::size_t>(std::find(knownKeys.begin(), knownKeys.end(), rest) - knownKeys.begin());
    path = path.substr(0, begin == 0 ? 0 : dot);
  }
  if (rank.position < knownKeys.size()) rank.depth = depth;
  return rank;
}

std::size_t chooseGenerator(const std::vector<NamedGenerator>& found) {
  const auto less = [](const auto& a, const auto& b) { return rankOf(a) < rankOf(b); };
  const auto best = std::min_element(found.begin(), found.end(), less);
  const auto isAsGood = [&](const auto& other) { return !less(*best, other); };
  if (std::count_if(found.begin(), found.end(), isAsGood) > 1)
    throw Error(ErrorKind::wrongFile, "holds several generators, under " + listOf(found, std::nullopt) +
                                          "; expected one, or one under a known name such as 'netG': save "
                                          "that one's state_dict alone");
  return static_cast<std::size_t>(best - found.begin());
}

std::string choiceText(const std::vector<NamedGenerator>& found, std::size_t taken) {
  const bool isAveraged = rankOf(found[taken]).isAveraged;
  if (found.size() == 1) return isAveraged ? "its weights are averaged ones" : "";
  return "of several generators in the file " + std::string(isAveraged ? "the averaged one" : "the one") +
         " under " + quoted(found[taken]) + " is taken; there are others under " + listOf(found, taken);
}

}  // namespace cut
