// SPDX-License-Identifier: MIT
// The keys under which training programs save a generator, and which of several to take.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace cut {

// The order in which generators of one file are preferred: averaged weights first; then the position in the
// list of known keys, where keys of generators stand before those of whole models; then the less nested one.
struct KeyRank {
  bool isAveraged = false;
  std::size_t position = 0;  // in the list of known keys
  std::size_t depth = 0;     // of a known key: how many keys lead to it

  bool isKnown() const noexcept;
  friend bool operator<(const KeyRank& a, const KeyRank& b) noexcept {
    if (a.isAveraged != b.isAveraged) return a.isAveraged;
    return std::tie(a.position, a.depth) < std::tie(b.position, b.depth);
  }
};

// `path` is like "state_dict.netG" or "model_ema". Weights count as averaged where any key has the word ema,
// swa, avg, average or averaged; the position is that of the last key without these words.
KeyRank rankOfPath(std::string_view path);

// A generator in a file.
struct NamedGenerator {
  std::string key;          // the keys that lead to it; empty where the file is the generator
  bool isAveraged = false;  // besides what its keys say
};

// The index of the preferred one. Throws wrongFile with the keys of all where two are preferred alike.
std::size_t chooseGenerator(const std::vector<NamedGenerator>& found);

// For users: which one of which others was taken; empty where there is nothing to say.
std::string choiceText(const std::vector<NamedGenerator>& found, std::size_t taken);

}  // namespace cut
