// The names under which programs keep a generator.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace cut {

// Averaged weights come before those they average; then the place in the list of known keys counts, in which
// generators come before whole models, and of the same key the one less far down.
struct KeyRank {
  bool isAverage = false;
  std::size_t place = 0;
  std::size_t depth = 0;  // of a known key: how many are in front

  bool isKnown() const noexcept;
  friend bool operator<(const KeyRank& a, const KeyRank& b) noexcept {
    if (a.isAverage != b.isAverage) return a.isAverage;
    return std::tie(a.place, a.depth) < std::tie(b.place, b.depth);
  }
};

// Of a path such as "state_dict.netG" or "model_ema". An average is what has the word ema, swa, avg, average
// or averaged anywhere; its place is that of the last part without such words.
KeyRank rankOfPath(std::string_view path);

// A generator that was found, and the keys that lead to it; empty: the file itself.
struct NamedGenerator {
  std::string key;
  bool isAverage = false;  // whatever its key says
};

// The one to take: the first by rank. Throws wrongFile, naming them, where two come first.
std::size_t chooseGenerator(const std::vector<NamedGenerator>& found);

// Which one was taken of which, for people; empty where there is nothing to say.
std::string choiceText(const std::vector<NamedGenerator>& found, std::size_t taken);

}  // namespace cut
