// A set of pictures on its way to the scores: what is kept of each, never the pictures.
#pragma once

#include <cstdint>
#include <vector>

#include "trainer/data/picture.hpp"
#include "trainer/evaluate/feature_network.hpp"
#include "trainer/evaluate/feature_scores.hpp"
#include "trainer/evaluate/pyramid_patches.hpp"

namespace cut::trainer {

struct ImageSet {
  PyramidPatches patches;
  Features features;  // empty without a network

  explicit ImageSet(std::uint64_t seed) : patches(seed) {}

  void add(const Picture& view, FeatureNetwork* network);
  ImageSet subset(const std::vector<std::int64_t>& which) const;
};

// The square that is compared: the short side brought to `side` (Pillow's antialiased bicubic), then the
// middle.
Picture squareView(const Picture& picture, int side);

inline constexpr int viewSide = 256;

}  // namespace cut::trainer
