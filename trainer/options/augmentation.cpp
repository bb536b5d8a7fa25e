// SPDX-License-Identifier: MIT
#include "trainer/options/augmentation.hpp"

#include <algorithm>

#include "trainer/options/values.hpp"

namespace cut::trainer {

AugmentationPolicy augmentationPolicyOf(const std::string& option, const std::string& text) {
  static constexpr std::array all{Augmentation::color, Augmentation::translation, Augmentation::cutout};
  if (text == "none") return {};
  Choices words;
  for (const Augmentation each : all) words.push_back({std::string(nameOf(each))});
  words.push_back({"colour", "is spelled color, as in the paper's program"});
  words.push_back({"none", "stands alone; leave it or the others out"});
  AugmentationPolicy policy;
  for (std::size_t from = 0;;) {
    const std::size_t comma = text.find(',', from);
    const std::string word = text.substr(from, comma == std::string::npos ? comma : comma - from);
    const Augmentation named = all[indexOf(option, word, words)];
    if (std::ranges::find(policy, named) != policy.end()) refuse(option, "each augmentation once", text);
    policy.push_back(named);
    if (comma == std::string::npos) return policy;
    from = comma + 1;
  }
}

std::string textOf(const AugmentationPolicy& policy) {
  std::string text;
  for (const Augmentation each : policy) text += (text.empty() ? "" : ",") + std::string(nameOf(each));
  return text.empty() ? "none" : text;
}

}  // namespace cut::trainer
