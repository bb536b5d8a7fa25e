// SPDX-License-Identifier: MIT
// Laplacian pyramids, and the sliced Wasserstein distance between sets of pictures on each of their levels.
#pragma once

#include <cstdint>
#include <vector>

#include "trainer/data/picture.hpp"
#include "trainer/evaluate/sliced_wasserstein.hpp"

namespace cut::trainer {

// Laplacian pyramid (Burt and Adelson 1983) of a square picture of three channels whose side is 16 times a
// power of two: levels of that side, half of it, ..., 16. Each level is the image minus its downsampled and
// upsampled version; the last is the 16x16 image. Values are grey levels of an image in [0, 255]. Throws
// invalidArgument for other sizes.
std::vector<Planes> laplacianPyramid(const Picture& picture);

// Descriptors of a set of pictures: 128 patches of 7x7x3 from every level of each Laplacian pyramid, as in
// Karras, Aila, Laine, Lehtinen 2018 ("Progressive Growing of GANs", section 5), and the colours of the 16x16
// level. 390 KB per picture of 256x256.
class PyramidPatches {
 public:
  explicit PyramidPatches(std::uint64_t seed) : seed_(seed) {}

  // All pictures of compared sets have the same size; see laplacianPyramid. Throws invalidArgument otherwise.
  void add(const Picture& picture);

  std::int64_t pictures() const noexcept { return pictures_; }
  const std::vector<int>& sides() const noexcept { return sides_; }  // of the levels, largest first

  PyramidPatches subset(const std::vector<std::int64_t>& which) const;

 private:
  friend struct PyramidDistance;

  // Per level (pictures * 128, 147), and (pictures * 256, 3) of the colours.
  std::vector<std::vector<float>> patches_;
  std::vector<float> colours_;
  std::vector<int> sides_;
  std::int64_t pictures_ = 0;
  std::uint64_t seed_;
};

struct PyramidDistance {
  // SWD times 1000 per level, largest side first. Patches are normalised to mean 0 and standard deviation 1
  // per channel, set and level, as in the paper, so that differences of colour do not count.
  std::vector<double> levels;
  double mean = 0;    // of the levels
  double colour = 0;  // SWD in grey levels between the colours of the 16x16 levels, not normalised

  // Throws invalidArgument if a set is empty, or the pictures of the sets differ in size.
  static PyramidDistance between(const PyramidPatches& a, const PyramidPatches& b, std::uint64_t seed);
};

}  // namespace cut::trainer
