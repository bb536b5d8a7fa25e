// SPDX-License-Identifier: MIT
// What options choose by name, as types, with the reference's words for them. Others: Norm and Precision of
// libcuttranslate, nets/training_enums.hpp, RatePolicy, PreprocessMode.
#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>
#include <string_view>

#include "trainer/data/image_file.hpp"

namespace cut::trainer {

enum class MethodName { cut, sinCut, cycleGan };  // --model
inline constexpr std::initializer_list<MethodName> allMethods{MethodName::cut, MethodName::sinCut,
                                                              MethodName::cycleGan};
enum class CutMode { cut, fastCut };
enum class Direction { aToB, bToA };  // bToA exchanges the domains
enum class ColourTarget { a, b };     // what lambda_colour holds colours to
enum class Content { nce, enco };     // what holds a translation to its source
enum class DatasetMode { unaligned, singleImage };
enum class NetG { resnet9Blocks, resnet6Blocks, resnet4Blocks, styleGan2, smallStyleGan2, unet128, unet256 };
enum class NetF { mlpSample, sample };

constexpr std::string_view nameOf(MethodName method) noexcept {
  constexpr std::array<std::string_view, 3> names{"cut", "sincut", "cycle_gan"};
  return names[static_cast<std::size_t>(method)];
}

constexpr std::string_view nameOf(CutMode mode) noexcept {
  return mode == CutMode::cut ? "CUT" : "FastCUT";
}

constexpr std::string_view nameOf(Direction direction) noexcept {
  return direction == Direction::aToB ? "AtoB" : "BtoA";
}

constexpr std::string_view nameOf(ColourTarget target) noexcept {
  return target == ColourTarget::a ? "A" : "B";
}

constexpr std::string_view nameOf(DatasetMode mode) noexcept {
  return mode == DatasetMode::unaligned ? "unaligned" : "singleimage";
}

constexpr std::string_view nameOf(Content content) noexcept {
  return content == Content::nce ? "nce" : "enco";
}

constexpr std::string_view nameOf(NetG netG) noexcept {
  constexpr std::array<std::string_view, 7> names{"resnet_9blocks", "resnet_6blocks", "resnet_4blocks",
                                                  "stylegan2",      "smallstylegan2", "unet_128",
                                                  "unet_256"};
  return names[static_cast<std::size_t>(netG)];
}

constexpr bool isStyleGan(NetG netG) noexcept {
  return netG == NetG::styleGan2 || netG == NetG::smallStyleGan2;
}

constexpr bool isUnet(NetG netG) noexcept {
  return netG == NetG::unet128 || netG == NetG::unet256;
}

constexpr std::string_view nameOf(NetF netF) noexcept {
  return netF == NetF::mlpSample ? "mlp_sample" : "sample";
}

// What --exif_orientation of any command says of its images.
template <typename Options>
ExifOrientation exifOrientation(const Options& options) {
  return options.exifOrientation ? ExifOrientation::applied : ExifOrientation::ignored;
}

}  // namespace cut::trainer
