#include "trainer/evaluate/laplacian_pyramid.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "scratch.hpp"

namespace cut::trainer::test {
namespace {

using Grid = std::vector<double>;

// An index beyond the border is mirrored at the outermost pixel.
int mirroredIndex(int i, int side) {
  i = std::abs(i);
  return i < side ? i : 2 * (side - 1) - i;
}

// The 5x5 binomial filter, times `gain`.
Grid blurred(const Grid& in, int side, double gain) {
  constexpr std::array<double, 5> taps{1, 4, 6, 4, 1};
  Grid out(in.size(), 0);
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x)
      for (int v = 0; v < 5; ++v)
        for (int u = 0; u < 5; ++u)
          out[y * side + x] += gain / 256 * taps[v] * taps[u] *
                               in[mirroredIndex(y + v - 2, side) * side + mirroredIndex(x + u - 2, side)];
  return out;
}

Grid halved(const Grid& in, int side) {
  const Grid smooth = blurred(in, side, 1);
  Grid out;
  for (int y = 0; y < side; y += 2)
    for (int x = 0; x < side; x += 2) out.push_back(smooth[y * side + x]);
  return out;
}

Grid doubled(const Grid& in, int side) {
  Grid spread(in.size() * 4, 0);
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x) spread[2 * y * 2 * side + 2 * x] = in[y * side + x];
  return blurred(spread, 2 * side, 4);
}

void expectNear(const Planes& level, const Grid& expected) {
  ASSERT_EQ(expected.size(), level.values.size() / 3);
  for (std::size_t i = 0; i < expected.size(); ++i) ASSERT_NEAR(level.values[i], expected[i], 1e-3) << i;
}

// Written out as its definition says, with zeros between the pixels: Burt and Adelson's expand.
TEST(LaplacianPyramid, EqualsItsDefinitionBordersIncluded) {
  const Picture picture = gradient(64, 64);
  Grid image;
  for (std::size_t i = 0; i < picture.pixels.size(); i += 3) image.push_back(picture.pixels[i]);
  const std::vector<Planes> levels = laplacianPyramid(picture);
  ASSERT_EQ(levels.size(), 3U);
  int side = 64;
  for (std::size_t level = 0; level < 2; ++level, side /= 2) {
    const Grid smaller = halved(image, side);
    Grid difference = doubled(smaller, side / 2);
    for (std::size_t i = 0; i < image.size(); ++i) difference[i] = image[i] - difference[i];
    expectNear(levels[level], difference);
    image = smaller;
  }
  expectNear(levels[2], image);
}

TEST(LaplacianPyramid, HoldsAFlatPictureInItsSmallestLevelAlone) {
  Picture flat(32, 32, 3);
  std::fill(flat.pixels.begin(), flat.pixels.end(), static_cast<std::uint8_t>(90));
  const std::vector<Planes> levels = laplacianPyramid(flat);
  ASSERT_EQ(levels.size(), 2U);
  for (const float value : levels[0].values) EXPECT_NEAR(value, 0, 1e-4);
  for (const float value : levels[1].values) EXPECT_NEAR(value, 90, 1e-4);
}

TEST(LaplacianPyramid, OtherSizesThrow) {
  for (const auto& [width, height, channels] : {std::array{48, 48, 3}, {64, 32, 3}, {8, 8, 3}, {32, 32, 1}})
    expectError(ErrorKind::invalidArgument, {std::to_string(width)},
                [&, w = width, h = height, c = channels] { laplacianPyramid(Picture(w, h, c)); });
}

}  // namespace
}  // namespace cut::trainer::test
