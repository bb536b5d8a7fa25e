// Laplacian pyramids, and the sliced Wasserstein distance between sets of pictures on each of their levels.
#pragma once

#include <cstdint>
#include <vector>

#include "trainer/data/picture.hpp"
#include "trainer/evaluate/sliced_wasserstein.hpp"

namespace cut::trainer {

// A square picture of three channels, its side 16 times a power of two: levels of that side, half of it, ...
// 16. Each holds what the next cannot show; the last is the picture at 16x16 itself. Values are grey levels,
// [0, 255] before the split. Throws invalidArgument for other sizes.
std::vector<Planes> laplacianPyramid(const Picture& picture);

// What is kept of each picture: 128 patches of 7x7x3 from every level of its Laplacian pyramid, as in Karras,
// Aila, Laine, Lehtinen 2018 ("Progressive Growing of GANs", section 5), and the colours of its 16x16 level.
// 390 KB for 256x256.
class PyramidPatches {
 public:
  explicit PyramidPatches(std::uint64_t seed) : seed_(seed) {}

  // All pictures of a set, and of those it is compared with, have the same size: see laplacianPyramid.
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
  // Times 1000, largest side first. Patches are brought to mean 0 and deviation 1 per channel in each set and
  // level first, as in the paper: colour as such does not count.
  std::vector<double> levels;
  double mean = 0;    // of the levels
  double colour = 0;  // grey levels: between the colours of the 16x16 pictures, as they are

  // Throws invalidArgument where a set is empty, or the sets' pictures differ in size.
  static PyramidDistance between(const PyramidPatches& a, const PyramidPatches& b, std::uint64_t seed);
};

}  // namespace cut::trainer
