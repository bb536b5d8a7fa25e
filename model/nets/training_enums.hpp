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

// What stands in the place of CUT's PatchNCE. patch: Park et al. 2020; monce: Zhan et al. 2022; srcHdce: Jung
// et al. 2022; qsAttn: Hu et al. 2022.
enum class PatchLoss { patch, monce, srcHdce, qsAttn };

// Where PatchNCE's negatives are. internal: in the query's own image; external: in a dictionary of other
// images' patches (He et al. 2020); both; images: whole images of the batch against each other (Chen et al.
// 2020).
enum class Negatives { internal, external, both, images };

// Which negatives MoNCE weighs more: those that resemble the query, or those that do not.
enum class MonceCost { hard, easy };

// What a row of QS-Attn's attention spans. localGlobal: queries are chosen by the window, routed by the whole
// map.
enum class AttentionSpan { global, local, localGlobal };

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

// The words of the papers' programs.
constexpr std::string_view nameOf(PatchLoss loss) noexcept {
  constexpr std::array<std::string_view, 4> names{"patch", "monce", "src_hdce", "qs_attn"};
  return names[static_cast<std::size_t>(loss)];
}

constexpr std::string_view nameOf(Negatives negatives) noexcept {
  constexpr std::array<std::string_view, 4> names{"internal", "external", "both", "images"};
  return names[static_cast<std::size_t>(negatives)];
}

constexpr std::string_view nameOf(MonceCost cost) noexcept {
  return cost == MonceCost::hard ? "hard" : "easy";
}

constexpr std::string_view nameOf(AttentionSpan span) noexcept {
  constexpr std::array<std::string_view, 3> names{"global", "local", "local_global"};
  return names[static_cast<std::size_t>(span)];
}

}  // namespace cut::nets
