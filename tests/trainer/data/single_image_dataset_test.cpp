// SPDX-License-Identifier: MIT
// Patches of one image: their zoom, their places, their reproducibility.
#include "trainer/data/single_image_dataset.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "scratch.hpp"

namespace cut::trainer {
namespace {

using test::Scratch;

constexpr int side = 16;

// Red says the column, green the row.
Picture places(int width, int height) {
  Picture picture(width, height, 3);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      std::uint8_t* pixel = picture.row(y) + std::ptrdiff_t{3} * x;
      pixel[0] = static_cast<std::uint8_t>(x);
      pixel[1] = static_cast<std::uint8_t>(y);
      pixel[2] = 0;
    }
  return picture;
}

Domain domainOf(const Scratch& scratch, const std::string& name, int width, int height) {
  return findDomain({.name = name, .sources = {scratch.writeImage(name + ".png", places(width, height))}});
}

SingleImageOptions patches(int batch, double scale = 2) {
  SingleImageOptions options{.pairs = {.preprocess = {.mode = "zoom_and_patch",
                                                      .cropSize = side,
                                                      .flip = false,
                                                      .randomScaleMax = scale,
                                                      .resampling = Resampling::bilinear},
                                       .seed = 5},
                             .batchSize = batch};
  return options;
}

double value(const Planes& planes, int channel, int y, int x) {
  const std::size_t index = (static_cast<std::size_t>(channel) * planes.height + y) * planes.width + x;
  return (planes.values.at(index) + 1) * 127.5;
}

// How many pixels of the image a pixel of the patch is, in each direction.
std::pair<double, double> zoomOf(const Planes& planes) {
  return {(value(planes, 0, 8, side - 3) - value(planes, 0, 8, 2)) / (side - 5),
          (value(planes, 1, side - 3, 8) - value(planes, 1, 2, 8)) / (side - 5)};
}

TEST(SingleImage, AnEpochCountsAHundredThousandPatchesOrAsManyAsAsked) {
  const Scratch scratch;
  const Domain domain = domainOf(scratch, "A", 64, 48);
  SingleImageOptions options = patches(1);
  EXPECT_EQ(SingleImageDataset(domain, domain, options).size(), 100'000);
  options.length = 7;
  const SingleImageDataset dataset(domain, domain, options);
  EXPECT_EQ(dataset.size(), 7);
  test::expectError(ErrorKind::invalidArgument, {"below 7"}, [&] { dataset.get(1, 7); });
}

TEST(SingleImage, PairsArePatchesNamedByTheirImages) {
  const Scratch scratch;
  const SingleImageDataset dataset(domainOf(scratch, "A", 64, 48), domainOf(scratch, "B", 40, 80),
                                   patches(4));
  const Pair pair = dataset.get(1, 99'999);
  EXPECT_EQ(pair.a.width, side);
  EXPECT_EQ(pair.a.height, side);
  EXPECT_EQ(pair.b.channels, 3);
  EXPECT_EQ(pair.nameA, scratch.path("A.png"));
  EXPECT_EQ(pair.nameB, scratch.path("B.png"));
}

TEST(SingleImage, ABatchHasOneZoomAndAnotherBatchAnother) {
  const Scratch scratch;
  const Domain domain = domainOf(scratch, "A", 200, 200);
  const SingleImageDataset dataset(domain, domain, patches(4, 3));
  std::vector<std::pair<double, double>> zooms;
  for (int i = 0; i < 8; ++i) zooms.push_back(zoomOf(dataset.get(1, i).a));
  for (int i = 0; i < 8; ++i) {
    EXPECT_NEAR(zooms[i].first, zooms[i / 4 * 4].first, 0.15) << i;
    EXPECT_NEAR(zooms[i].second, zooms[i / 4 * 4].second, 0.15) << i;
    EXPECT_GE(zooms[i].first, 0.9);
    EXPECT_LE(zooms[i].first, 3.1);
  }
  EXPECT_GT(std::abs(zooms[0].first - zooms[4].first), 0.2) << "the next batch is zoomed otherwise";
  EXPECT_GT(std::abs(zooms[0].first - zooms[0].second), 0.2) << "and each axis by itself";
  EXPECT_GT(std::abs(zooms[0].first - zoomOf(dataset.get(1, 0).b).first), 0.2) << "and each domain";
  EXPECT_GT(std::abs(zooms[0].first - zoomOf(dataset.get(2, 0).a).first), 0.05) << "and each epoch";
}

// Without a zoom the grid of a 64x48 image has 4 columns and 3 rows without a rest.
TEST(SingleImage, ABatchHasNoTileTwiceWhileThereAreEnough) {
  const Scratch scratch;
  const Domain domain = domainOf(scratch, "A", 64, 48);
  const SingleImageDataset dataset(domain, domain, patches(24, 1));
  for (const int first : {0, 24}) {
    std::multiset<std::pair<long, long>> seen;
    for (int i = first; i < first + 24; ++i) {
      const Planes a = dataset.get(1, i).a;
      seen.emplace(std::lround(value(a, 0, 0, 0)), std::lround(value(a, 1, 0, 0)));
    }
    for (int y = 0; y < 48; y += side)
      for (int x = 0; x < 64; x += side) EXPECT_EQ(seen.count({x, y}), 2U) << x << ", " << y;
  }
}

TEST(SingleImage, TheGridMovesWithinWhatTheTilesLeave) {
  const Scratch scratch;
  const Domain domain = domainOf(scratch, "A", 2 * side + 5, side);
  const SingleImageDataset dataset(domain, domain, patches(1, 1));
  std::set<long> offsets;
  for (int i = 0; i < 200; ++i) offsets.insert(std::lround(value(dataset.get(1, i).a, 0, 0, 0)) % side);
  EXPECT_EQ(offsets, (std::set<long>{0, 1, 2, 3, 4, 5}));
}

TEST(SingleImage, AnImageAsSmallAsAPatchIsNotZoomedBelowIt) {
  const Scratch scratch;
  const Domain domain = domainOf(scratch, "A", side, side);
  const SingleImageDataset dataset(domain, domain, patches(2, 3));
  EXPECT_EQ(dataset.get(1, 0).a, dataset.get(1, 1).a);
}

TEST(SingleImage, HalfOfThePatchesAreMirrored) {
  const Scratch scratch;
  const Domain domain = domainOf(scratch, "A", 64, 64);
  SingleImageOptions options = patches(1, 1);
  options.pairs.preprocess.flip = true;
  const SingleImageDataset dataset(domain, domain, options);
  int mirrored = 0;
  for (int i = 0; i < 200; ++i) mirrored += zoomOf(dataset.get(1, i).a).first < 0 ? 1 : 0;
  EXPECT_GT(mirrored, 70);
  EXPECT_LT(mirrored, 130);
}

// The part of the work that is done is all that differs: the pixels are those of the whole image, resized.
TEST(SingleImage, APatchIsCutFromTheResizedImage) {
  const Picture picture = test::gradient(90, 70);
  for (const auto& [width, height] : {std::pair{90, 70}, {60, 70}, {90, 40}, {33, 25}, {130, 71}})
    for (const Resampling method : {Resampling::bilinear, Resampling::bicubic}) {
      const Picture whole = resized(picture, width, height, method);
      for (const Region& region : {Region{0, 0, 16, 16}, Region{width - 20, height - 17, 20, 17}})
        EXPECT_EQ(resizedRegion(picture, width, height, region, method),
                  cropped(whole, region.left, region.top, region.width, region.height))
            << width << " x " << height;
    }
  test::expectError(ErrorKind::invalidArgument, {"a region within 33 x 25"}, [&] {
    resizedRegion(picture, 33, 25, {20, 0, 14, 1}, Resampling::bilinear);
  });
}

TEST(SingleImage, DrawsDependOnSeedEpochAndIndexAlone) {
  const Scratch scratch;
  const Domain domain = domainOf(scratch, "A", 100, 90);
  const SingleImageDataset first(domain, domain, patches(4));
  const SingleImageDataset second(domain, domain, patches(4));
  first.get(1, 3);
  EXPECT_EQ(first.get(2, 9).a, second.get(2, 9).a);
  SingleImageOptions other = patches(4);
  other.pairs.seed = 6;
  EXPECT_NE(first.get(2, 9).a, SingleImageDataset(domain, domain, other).get(2, 9).a);
}

TEST(SingleImage, AnyOtherPreprocessIsOfTheWholeImage) {
  const Scratch scratch;
  const Domain domain = domainOf(scratch, "A", 64, 48);
  SingleImageOptions options = patches(1);
  options.pairs.preprocess.mode = "none";
  options.pairs.channelsA = 1;
  const Pair pair = SingleImageDataset(domain, domain, options).get(1, 0);
  EXPECT_EQ(pair.a.channels, 1);
  EXPECT_EQ(pair.a.width, 64);
  EXPECT_EQ(pair.b.channels, 3);
}

TEST(SingleImage, TheWholeIsTheMiddleInMultiplesOfAPatch) {
  const Scratch scratch;
  const SingleImageDataset dataset(domainOf(scratch, "A", 100, 70), domainOf(scratch, "B", 1300, 10),
                                   patches(1));
  const std::optional<Pair> whole = dataset.whole();
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->a.width, 96);
  EXPECT_EQ(whole->a.height, 64);
  EXPECT_NEAR(value(whole->a, 0, 0, 0), 2, 0.01) << "two columns left out on each side";
  EXPECT_NEAR(value(whole->a, 1, 0, 0), 3, 0.01);
  EXPECT_EQ(whole->b.height, side) << "enlarged to a patch";
  EXPECT_EQ(whole->b.width, 2080);
}

TEST(SingleImage, MoreThanOneImageOrOneTooSmallThrows) {
  const Scratch scratch;
  const Domain one = domainOf(scratch, "A", 64, 48);
  scratch.writeFlat("two/1.png", 1);
  scratch.writeFlat("two/2.png", 2);
  const Domain two = findDomain({.name = "B", .sources = {scratch.path("two")}});
  test::expectError(ErrorKind::wrongFile, {"expected one image in domain B, found 2", "--dataB FILE"},
                    [&] { SingleImageDataset(one, two, patches(1)); });
  SingleImageOptions options = patches(0);
  test::expectError(ErrorKind::invalidArgument, {"1 pair or more"},
                    [&] { SingleImageDataset(one, one, options); });
}

}  // namespace
}  // namespace cut::trainer
