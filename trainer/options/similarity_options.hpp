// SPDX-License-Identifier: MIT
// The options of `cut-trainer similarity`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

#include "trainer/options/choices.hpp"
#include "trainer/options/points.hpp"

namespace cut::trainer {

// Where the point's own feature is taken from: the translation, as PatchNCE does, or the picture itself. What
// it is compared with is always the picture.
enum class QuerySide { output, input };

// exponential: exp(similarity / nce_T), as the paper shows it; cosine: the similarity itself.
enum class SimilarityScale { exponential, cosine };

constexpr std::string_view nameOf(QuerySide side) noexcept {
  return side == QuerySide::output ? "output" : "input";
}

constexpr std::string_view nameOf(SimilarityScale scale) noexcept {
  return scale == SimilarityScale::exponential ? "exp" : "cosine";
}

struct SimilarityOptions {
  std::vector<std::filesystem::path> images;
  std::filesystem::path output = "similarity.png";
  bool overwrite = false;            // otherwise a file that is there already is an error
  std::vector<PicturePoint> points;  // pixels of each image, before it is scaled

  std::filesystem::path model;          // model.pt, or a .pth of the reference
  std::filesystem::path netF;           // NAME_net_F.pth, the heads behind the layers; empty: without
  std::vector<std::int64_t> nceLayers;  // empty: those that the reference trains the network with

  QuerySide query = QuerySide::output;
  SimilarityScale scale = SimilarityScale::exponential;
  double nceT = 0.07;
  bool exifOrientation = false;  // images are turned as their EXIF data say
  int maxSide = 1024;            // pixels: larger images are scaled down to it, which bounds the memory
  int displayWinsize = 256;      // pixels: the width of a picture in the sheet

  std::string device = "auto";
  int threads = 0;

  void validate() const;  // throws invalidArgument: what is missing
};

}  // namespace cut::trainer
