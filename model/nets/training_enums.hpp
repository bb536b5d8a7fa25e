// SPDX-License-Identifier: MIT
// What options of a training choose by name. No LibTorch: the trainer's command line is built without it.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace cut::nets {

// The GAN's objective, see ganLoss().
enum class GanMode { lsgan, vanilla, nonsaturating, wgangp, hinge };

// Weights before the first step. xavier: Glorot and Bengio 2010, normal; normal: N(0, gain^2); kaiming: He et
// al. 2015, fan in, without gain; orthogonal: Saxe et al. 2014.
enum class Initialisation { xavier, normal, kaiming, orthogonal };

// basic: PatchGAN with 3 layers (Isola et al. 2017); nLayers: with another number; pixel: 1x1 convolutions;
// styleGan2: one prediction for an image of a fixed size (Karras et al. 2020).
enum class NetD { basic, nLayers, pixel, styleGan2 };

// The reference's words for them.
constexpr std::string_view nameOf(GanMode mode) noexcept {
  constexpr std::array<std::string_view, 5> names{"lsgan", "vanilla", "nonsaturating", "wgangp", "hinge"};
  return names[static_cast<std::size_t>(mode)];
}

constexpr std::string_view nameOf(Initialisation kind) noexcept {
  constexpr std::array<std::string_view, 4> names{"xavier", "normal", "kaiming", "orthogonal"};
  return names[static_cast<std::size_t>(kind)];
}

constexpr std::string_view nameOf(NetD netD) noexcept {
  constexpr std::array<std::string_view, 4> names{"basic", "n_layers", "pixel", "stylegan2"};
  return names[static_cast<std::size_t>(netD)];
}

}  // namespace cut::nets
