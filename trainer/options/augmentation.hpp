// SPDX-License-Identifier: MIT
// What --diffaug may name. No LibTorch: the trainer's command line is built without it.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace cut::trainer {

// Augmentations of what the discriminator sees (Zhao et al. 2020, section 4), see diffAugment(). color:
// brightness, saturation and contrast.
enum class Augmentation { color, translation, cutout };

// In the order in which they are applied; empty: none.
using AugmentationPolicy = std::vector<Augmentation>;

// The words of the paper's program.
constexpr std::string_view nameOf(Augmentation augmentation) noexcept {
  constexpr std::array<std::string_view, 3> names{"color", "translation", "cutout"};
  return names[static_cast<std::size_t>(augmentation)];
}

// "color,translation,cutout", or "none". Throws invalidArgument, naming the option, for other words and for
// one that stands there twice.
AugmentationPolicy augmentationPolicyOf(const std::string& option, const std::string& text);
std::string textOf(const AugmentationPolicy& policy);

}  // namespace cut::trainer
