// SPDX-License-Identifier: MIT
#include "trainer/report/gallery.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "scratch.hpp"
#include "trainer/report/encoding.hpp"

namespace cut::trainer {
namespace {

using test::bytesOf;
using test::gradient;
using test::Scratch;

// Another picture for every seed, the more bytes the larger.
Picture noise(unsigned seed, int side = 32) {
  Picture picture(side, side, 3);
  for (std::uint8_t& value : picture.pixels)
    value = static_cast<std::uint8_t>((seed = seed * 1664525 + 1013904223) >> 24);
  return picture;
}

std::vector<PictureRow> rows(unsigned seed, int side = 32) {
  return {{.name = "one.png", .pictures = {{"real A", gradient(side, side)}, {"fake B", noise(seed, side)}}}};
}

std::vector<std::int64_t> stepsOf(const Gallery& gallery) {
  std::vector<std::int64_t> steps;
  for (const GallerySet& set : gallery.sets()) steps.push_back(set.step);
  return steps;
}

std::size_t bytesIn(const Gallery& gallery) {
  std::size_t sum = 0;
  for (const auto& picture : gallery.pictures()) sum += picture.second.size();
  return sum;
}

TEST(Gallery, RepeatedPictureIsStoredOnce) {
  Gallery gallery;
  for (unsigned i = 1; i <= 3; ++i) gallery.add(1, i, rows(i));
  EXPECT_EQ(gallery.sets().size(), 3U);
  EXPECT_EQ(gallery.pictures().size(), 4U);  // one real A, three fake B
}

TEST(Gallery, ThinningKeepsFirstNewestAndSomeBetweenWithinTheLimit) {
  Gallery gallery({.bytes = 20'000, .longestSide = 64, .newestSets = 3});
  for (unsigned i = 1; i <= 200; ++i) {
    gallery.add(1, i, rows(i));
    EXPECT_LE(bytesIn(gallery), 20'000U);
  }
  const std::vector<std::int64_t> steps = stepsOf(gallery);
  ASSERT_GE(steps.size(), 6U);
  EXPECT_EQ(steps.front(), 1);
  EXPECT_EQ((std::vector<std::int64_t>(steps.end() - 3, steps.end())),
            (std::vector<std::int64_t>{198, 199, 200}));
  for (std::size_t i = 1; i < steps.size(); ++i) EXPECT_LE(steps[i] - steps[i - 1], 120);
}

TEST(Gallery, OversizedSetLosesItsLastRows) {
  Gallery gallery({.bytes = 20'000, .longestSide = 64, .newestSets = 3});
  std::vector<PictureRow> many;
  for (unsigned i = 0; i < 40; ++i) many.push_back(rows(i).front());
  const std::size_t left = gallery.add(1, 1, many);
  EXPECT_GT(left, 0U);
  EXPECT_EQ(gallery.sets().front().rows.size(), many.size() - left);
  EXPECT_LE(bytesIn(gallery), 20'000U);
}

TEST(Gallery, LargePicturesAreDownscaled) {
  Gallery gallery({.bytes = 1'000'000, .longestSide = 100, .newestSets = 3});
  gallery.add(
      1, 1, {{.name = "wide", .pictures = {{"real A", Picture(400, 200, 3)}, {"grey", Picture(10, 20, 1)}}}});
  const auto wide = webpSize(gallery.pictures().at(1));
  const auto grey = webpSize(gallery.pictures().at(2));
  ASSERT_TRUE(wide && grey);
  EXPECT_EQ(wide->width, 100);
  EXPECT_EQ(wide->height, 50);
  EXPECT_EQ(grey->width, 10);
  EXPECT_EQ(grey->height, 20);
}

class GalleryStoreTest : public testing::Test {
 protected:
  void save(std::initializer_list<unsigned> steps) {
    GalleryStore store(scratch.path("pictures"));
    Gallery gallery;
    for (const unsigned step : steps) gallery.add(2, step, rows(step));
    store.save(gallery);
  }
  std::vector<std::int64_t> load(std::int64_t lastStep = 1000) {
    Gallery gallery;
    said = GalleryStore(scratch.path("pictures")).load(gallery, lastStep);
    return stepsOf(gallery);
  }
  std::string index() const { return bytesOf(scratch.path("pictures/index.json")); }

  Scratch scratch;
  std::string said;
};

using Steps = std::vector<std::int64_t>;

TEST_F(GalleryStoreTest, PicturesNamesAndStepsRoundTrip) {
  GalleryStore store(scratch.path("pictures"));
  Gallery first;
  first.add(3, 30, rows(1));
  first.add(4, 40, rows(2));
  store.save(first);
  Gallery second;
  EXPECT_EQ(GalleryStore(scratch.path("pictures")).load(second, 40), "");
  EXPECT_EQ(second.pictures(), first.pictures());
  ASSERT_EQ(second.sets().size(), 2U);
  EXPECT_EQ(second.sets()[1].epoch, 4);
  EXPECT_EQ(second.sets()[1].step, 40);
  EXPECT_EQ(second.sets()[1].rows[0].name, "one.png");
  EXPECT_EQ(second.sets()[1].rows[0].cells, first.sets()[1].rows[0].cells);
}

TEST_F(GalleryStoreTest, LoadDropsSetsAfterTheResumedStep) {
  save({10, 20, 30});
  EXPECT_EQ(load(20), (Steps{10, 20}));
  EXPECT_EQ(said, "");
}

TEST_F(GalleryStoreTest, LoadWithoutAStoreIsEmpty) {
  EXPECT_EQ(load(), Steps{});
  EXPECT_EQ(said, "");
}

TEST_F(GalleryStoreTest, SaveRemovesOnlyItsOwnUnusedFiles) {
  save({10, 20, 30});
  scratch.writeBytes("pictures/mine.webp", "x");
  scratch.writeBytes("pictures/007.webp", "x");
  save({40});
  EXPECT_TRUE(std::filesystem::exists(scratch.path("pictures/mine.webp")));
  EXPECT_TRUE(std::filesystem::exists(scratch.path("pictures/007.webp")));
  EXPECT_TRUE(std::filesystem::exists(scratch.path("pictures/2.webp")));
  EXPECT_FALSE(std::filesystem::exists(scratch.path("pictures/3.webp")));
  EXPECT_EQ(load(), Steps{40});
}

TEST_F(GalleryStoreTest, DamagedPictureDropsOnlyItsSetsWithANotice) {
  save({10, 20, 30});
  const std::string whole = bytesOf(scratch.path("pictures/3.webp"));  // fake B of step 20
  for (const std::string& bytes :
       {std::string("<svg onload=alert(1)>"), whole.substr(0, whole.size() / 2), std::string()}) {
    scratch.writeBytes("pictures/3.webp", bytes);
    EXPECT_EQ(load(), (Steps{10, 30}));
    EXPECT_NE(said.find("1 earlier sets of pictures"), std::string::npos) << said;
  }
  std::filesystem::remove(scratch.path("pictures/3.webp"));
  EXPECT_EQ(load(), (Steps{10, 30}));
}

TEST_F(GalleryStoreTest, DamagedIndexDropsOnlyPicturesWithANotice) {
  save({10});
  const std::string whole = index();
  for (const std::string& bytes : {std::string(), std::string("{"), std::string("{}"), std::string("17"),
                                   whole.substr(0, whole.size() - 3), std::string(100'000, '[')}) {
    scratch.writeBytes("pictures/index.json", bytes);
    EXPECT_EQ(load(), Steps{});
    EXPECT_NE(said.find("index.json is damaged"), std::string::npos) << bytes.substr(0, 40);
  }
}

TEST_F(GalleryStoreTest, HostileEntriesAreIgnored) {
  save({10});
  const std::string good = index().substr(1, index().size() - 2);
  for (const char* bad : {"null", "[]", R"({"epoch":1})", R"({"epoch":"1","step":20,"rows":[]})",
                          R"({"epoch":1,"step":1e300,"rows":[]})", R"({"epoch":1,"step":-5,"rows":[]})",
                          R"({"epoch":99999999999,"step":20,"rows":[]})",
                          R"({"epoch":1,"step":20,"rows":[{"name":"x","cells":[["real A",-1]]}]})",
                          R"({"epoch":1,"step":20,"rows":[{"name":"x","cells":[["real A","../../x"]]}]})",
                          R"({"epoch":1,"step":5,"rows":[]})"}) {
    scratch.writeBytes("pictures/index.json", "[" + good + "," + bad + "]");
    EXPECT_EQ(load(), Steps{10}) << bad;
    EXPECT_NE(said, "") << bad;
  }
}

TEST_F(GalleryStoreTest, SymlinkIsNotFollowed) {
  save({10});
  const auto picture = scratch.path("pictures/1.webp");
  std::filesystem::rename(picture, scratch.path("elsewhere.webp"));
  std::filesystem::create_symlink(scratch.path("elsewhere.webp"), picture);
  EXPECT_EQ(load(), Steps{});
}

}  // namespace
}  // namespace cut::trainer
