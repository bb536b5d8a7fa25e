// SPDX-License-Identifier: MIT
// The reference's --preprocess modes, and where ours keep the aspect ratio unlike the reference.
#include "trainer/data/preprocess.hpp"

#include <gtest/gtest.h>

#include <set>

#include "scratch.hpp"

namespace cut::trainer {
namespace {

using Size = std::pair<int, int>;

Random chance(std::int64_t index = 0) {
  return {1, 1, index, Purpose::imageA};
}

PreprocessOptions small(const std::string& mode) {
  return {.mode = mode, .loadSize = 40, .cropSize = 32, .flip = false};
}

Size sizeOf(const PreprocessOptions& options, Size from, Phase phase = Phase::constant) {
  Random random = chance();
  const Picture result = Preprocess(options)(test::gradient(from.first, from.second), phase, random);
  return {result.width, result.height};
}

struct ModeCase {
  const char* name;
  const char* mode;
  Size from, constant, decaying;
};

void PrintTo(const ModeCase& value, std::ostream* out) {
  *out << value.name;
}

class Mode : public testing::TestWithParam<ModeCase> {};

TEST_P(Mode, SizesInBothPhasesAreThoseOfTheMode) {
  const ModeCase& expected = GetParam();
  EXPECT_EQ(sizeOf(small(expected.mode), expected.from), expected.constant);
  EXPECT_EQ(sizeOf(small(expected.mode), expected.from, Phase::decaying), expected.decaying);
}

INSTANTIATE_TEST_SUITE_P(
    Sizes, Mode,
    testing::Values(
        ModeCase{"none", "none", {51, 30}, {52, 32}, {52, 32}},
        ModeCase{"resize", "resize", {64, 48}, {40, 40}, {32, 32}},
        ModeCase{"resize_and_crop", "resize_and_crop", {64, 48}, {32, 32}, {32, 32}},
        ModeCase{"crop", "crop", {64, 48}, {32, 32}, {32, 32}},
        ModeCase{"scale_width", "scale_width", {80, 48}, {40, 24}, {32, 20}},
        ModeCase{"scale_width_and_crop", "scale_width_and_crop", {80, 48}, {32, 32}, {32, 32}},
        ModeCase{"scale_shortside", "scale_shortside", {80, 60}, {52, 40}, {44, 32}},
        ModeCase{"enlarging", "scale_shortside", {30, 20}, {60, 40}, {48, 32}},
        ModeCase{"scale_shortside_and_crop", "scale_shortside_and_crop", {30, 20}, {32, 32}, {32, 32}},
        ModeCase{"patch", "patch", {100, 70}, {32, 32}, {32, 32}},
        ModeCase{"trim", "trim", {100, 24}, {32, 24}, {32, 24}},
        ModeCase{"fixsize", "fixsize", {100, 24}, {40, 40}, {40, 40}},
        ModeCase{"zoom_and_patch", "zoom_and_patch", {100, 70}, {32, 32}, {32, 32}},
        ModeCase{"resize_and_zoom_and_crop", "resize_and_zoom_and_crop", {64, 48}, {32, 32}, {32, 32}}),
    [](const auto& which) { return std::string(which.param.name); });

TEST(Preprocess, SidesRoundToMultiplesOfFourHalvesToEven) {
  EXPECT_EQ(sizeOf(small("none"), {50, 54}), Size(48, 56));  // 12.5 and 13.5
  EXPECT_EQ(sizeOf(small("none"), {49, 51}), Size(48, 52));
  EXPECT_EQ(sizeOf(small("none"), {1, 2}), Size(4, 4));  // the reference would make them 0
}

TEST(Preprocess, ReferenceQuirksSquashTheImage) {
  PreprocessOptions options = small("scale_width");
  options.referenceQuirks = true;
  EXPECT_EQ(sizeOf(options, {80, 48}), Size(40, 32));
  EXPECT_EQ(sizeOf(options, {80, 48}, Phase::decaying), Size(32, 32));
  EXPECT_EQ(sizeOf(options, {40, 36}), Size(40, 36));
  options.mode = "scale_shortside";
  EXPECT_EQ(sizeOf(options, {80, 60}), Size(80, 60));
  EXPECT_EQ(sizeOf(options, {30, 20}), Size(60, 40));
}

// A wide image whose halves differ: if the aspect ratio changed, each crop would show both.
TEST(Preprocess, DecayingEpochsCropFromAnImageOfTheRightShape) {
  Picture wide(128, 32, 1);
  for (int y = 0; y < 32; ++y) std::fill_n(wide.row(y) + 64, 64, std::uint8_t{255});
  const auto flatCrops = [&](bool quirks) {
    PreprocessOptions options = small("scale_width_and_crop");
    options.referenceQuirks = quirks;
    const Preprocess preprocess(options);
    int flat = 0;
    for (int i = 0; i < 40; ++i) {
      Random random = chance(i);
      const Picture crop = preprocess(wide, Phase::decaying, random);
      flat += crop.row(0)[0] == crop.row(0)[31] ? 1 : 0;
    }
    return flat;
  };
  EXPECT_GT(flatCrops(false), 10);
  EXPECT_EQ(flatCrops(true), 0);
}

TEST(Preprocess, LoadHeightMakesTheResizedImageOblong) {
  PreprocessOptions options = small("resize");
  options.loadSize = 80;
  options.loadHeight = 40;
  EXPECT_EQ(sizeOf(options, {100, 100}), Size(80, 40));
  EXPECT_EQ(sizeOf(options, {100, 100}, Phase::decaying), Size(64, 32));
}

TEST(Preprocess, ZoomScalesEachSideWithinItsRange) {
  PreprocessOptions options = small("zoom");
  options.randomScaleMax = 2;
  const Preprocess preprocess(options);
  std::set<int> widths;
  for (int i = 0; i < 30; ++i) {
    Random random = chance(i);
    const Picture result = preprocess(test::gradient(100, 40), Phase::constant, random);
    EXPECT_GE(result.width, 48);
    EXPECT_LE(result.width, 100);
    EXPECT_GE(result.height, 32);
    widths.insert(result.width);
  }
  EXPECT_GT(widths.size(), 5U);
}

TEST(Preprocess, CropsAreUniformAndHalfAreFlipped) {
  Picture ramp(40, 32, 1);
  for (int y = 0; y < 32; ++y)
    for (int x = 0; x < 40; ++x) ramp.row(y)[x] = static_cast<std::uint8_t>(x);
  PreprocessOptions options = small("crop");
  options.flip = true;
  const Preprocess preprocess(options);
  std::set<int> starts;
  int flips = 0;
  for (int i = 0; i < 400; ++i) {
    Random random = chance(i);
    const Picture crop = preprocess(ramp, Phase::constant, random);
    const bool flipped = crop.row(0)[0] > crop.row(0)[1];
    flips += flipped ? 1 : 0;
    starts.insert(crop.row(0)[flipped ? 31 : 0]);
  }
  EXPECT_EQ(starts.size(), 9U);  // 0 to 40 - 32, both ends
  EXPECT_NEAR(flips, 200, 40);
}

TEST(Preprocess, TilesLieInTheGridWithoutOverlap) {
  const Preprocess preprocess(small("patch"));
  std::set<int> starts;
  for (int i = 0; i < 100; ++i) {
    Random random = chance(i);
    Picture ramp(96, 32, 1);
    for (int x = 0; x < 96; ++x) ramp.row(0)[x] = static_cast<std::uint8_t>(x);
    starts.insert(preprocess(ramp, Phase::constant, random).row(0)[0]);
  }
  EXPECT_EQ(starts, (std::set<int>{0, 32, 64}));
}

TEST(Preprocess, ImageSmallerThanTheCropThrows) {
  for (const char* mode : {"crop", "patch"})
    test::expectError(ErrorKind::wrongFile, {"crop_size", "20 x 50"}, [&] { sizeOf(small(mode), {20, 50}); });
}

TEST(Preprocess, InvalidOptionsThrow) {
  const auto refused = [](const char* part, const PreprocessOptions& options) {
    test::expectError(ErrorKind::invalidArgument, {part}, [&] { Preprocess{options}; });
  };
  const auto refusedMode = [](const char* part, const char* mode) {
    test::expectError(ErrorKind::invalidArgument, {part}, [&] { Preprocess{small(mode)}; });
  };
  refusedMode("resize_or_crop", "resize_or_crop");
  refusedMode("--preprocess", "");
  refusedMode("--preprocess", "crop_and_");
  refusedMode("one of", "resize_and_scale_width");
  PreprocessOptions options = small("resize_and_crop");
  options.loadSize = 30;
  refused("--load_size", options);
  options.loadSize = -1;
  refused("--load_size", options);
  options = small("zoom");
  options.randomScaleMax = 0.5;
  refused("--random_scale_max", options);
}

TEST(PreprocessMode, TextListsTheStepsInOrderOfApplication) {
  EXPECT_EQ(PreprocessMode("crop_and_scale_width").text(), "scale_width_and_crop");
  EXPECT_EQ(PreprocessMode("none").text(), "none");
  for (const char* words : {"fixsize", "resize_and_crop", "scale_shortside_and_zoom_and_patch_and_trim"})
    EXPECT_EQ(PreprocessMode(words).text(), words);
}

// Enlarging a thin image must not allocate gigabytes.
TEST(Preprocess, ResizeBeyondTheLimitThrows) {
  PreprocessOptions options = small("scale_shortside");
  options.loadSize = 16384;
  test::expectError(ErrorKind::wrongFile, {"pixels"}, [&] { sizeOf(options, {1, 100000}); });
}

}  // namespace
}  // namespace cut::trainer
