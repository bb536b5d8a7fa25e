// SPDX-License-Identifier: MIT
// The pairs of an epoch, their reproducibility, and unreadable images.
#include "trainer/data/pair_dataset.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <map>

#include "scratch.hpp"

namespace cut::trainer {
namespace {

using test::Scratch;

PairOptions plain() {
  return {.preprocess = {.mode = "none", .flip = false}};
}

// Images of the values first, first + 10, ...
Domain flatDomain(const Scratch& scratch, const std::string& name, int count, int first) {
  for (int i = 0; i < count; ++i)
    scratch.writeFlat(name + "/" + std::to_string(100 + i) + ".png", first + 10 * i);
  return findDomain({.name = name, .sources = {scratch.path(name)}});
}

int valueOf(const Planes& planes) {
  return static_cast<int>(std::lround((planes.values.at(0) + 1) * 127.5F));
}

TEST(PairDataset, EpochHasEachImageOfTheLargerDomainOnce) {
  const Scratch scratch;
  const PairDataset dataset(flatDomain(scratch, "A", 6, 0), flatDomain(scratch, "B", 3, 100), plain());
  ASSERT_EQ(dataset.size(), 6);
  for (const int epoch : {1, 2}) {
    std::set<int> seen;
    for (int i = 0; i < 6; ++i) seen.insert(valueOf(dataset.get(epoch, i).a));
    EXPECT_EQ(seen, (std::set<int>{0, 10, 20, 30, 40, 50}));
  }
}

TEST(PairDataset, SmallerDomainRepeats) {
  const Scratch scratch;
  const PairDataset dataset(flatDomain(scratch, "A", 2, 0), flatDomain(scratch, "B", 5, 100), plain());
  ASSERT_EQ(dataset.size(), 5);
  std::map<int, int> seen;
  for (int i = 0; i < 5; ++i) ++seen[valueOf(dataset.get(1, i).a)];
  EXPECT_EQ(seen, (std::map<int, int>{{0, 3}, {10, 2}}));
}

TEST(PairDataset, SerialBatchesKeepTheOrder) {
  const Scratch scratch;
  PairOptions options = plain();
  options.serialBatches = true;
  const PairDataset dataset(flatDomain(scratch, "A", 4, 0), flatDomain(scratch, "B", 3, 100), options);
  for (int i = 0; i < 4; ++i) {
    const Pair pair = dataset.get(1, i);
    EXPECT_EQ(valueOf(pair.a), 10 * i);
    EXPECT_EQ(valueOf(pair.b), 100 + 10 * (i % 3));
  }
}

TEST(PairDataset, OrderDependsOnEpochAndSeed) {
  const Scratch scratch;
  const Domain a = flatDomain(scratch, "A", 12, 0);
  const Domain b = flatDomain(scratch, "B", 12, 100);
  const auto orderOf = [&](std::uint64_t seed, int epoch) {
    PairOptions options = plain();
    options.seed = seed;
    const PairDataset dataset(a, b, options);
    std::vector<std::pair<std::string, std::string>> names;
    for (int i = 0; i < 12; ++i) {
      const Pair pair = dataset.get(epoch, i);
      names.emplace_back(pair.nameA, pair.nameB);
    }
    return names;
  };
  EXPECT_EQ(orderOf(1, 1), orderOf(1, 1));
  EXPECT_NE(orderOf(1, 1), orderOf(1, 2));
  EXPECT_NE(orderOf(1, 1), orderOf(2, 1));
}

TEST(PairDataset, PairDoesNotDependOnEarlierCalls) {
  const Scratch scratch;
  const Domain a{.name = "A",
                 .items = {{scratch.writeImage("a.png", test::gradient(40, 40)), Item::noFrame}}};
  const Domain b{.name = "B",
                 .items = {{scratch.writeImage("b.png", test::gradient(50, 30)), Item::noFrame}}};
  PairOptions options;
  options.preprocess = {.mode = "resize_and_crop", .loadSize = 32, .cropSize = 16};
  const PairDataset first(a, b, options);
  const PairDataset second(a, b, options);
  const Pair wanted = first.get(7, 0);
  for (int epoch = 1; epoch < 7; ++epoch) second.get(epoch, 0);
  const Pair got = second.get(7, 0);
  EXPECT_EQ(got.a, wanted.a);
  EXPECT_EQ(got.b, wanted.b);
  EXPECT_NE(first.get(8, 0).a, wanted.a);
}

TEST(PairDataset, DecayEpochsAreNotAugmented) {
  const Scratch scratch;
  const Domain domain{.name = "A",
                      .items = {{scratch.writeImage("a.png", test::gradient(40, 40)), Item::noFrame}}};
  PairOptions options;
  options.preprocess = {.mode = "resize_and_crop", .loadSize = 32, .cropSize = 16, .flip = false};
  options.constantEpochs = 5;
  const PairDataset dataset(domain, domain, options);
  EXPECT_NE(dataset.get(4, 0).a, dataset.get(5, 0).a);
  EXPECT_EQ(dataset.get(6, 0).a, dataset.get(7, 0).a);
}

TEST(PairDataset, SingleChannelIsLuma) {
  const Scratch scratch;
  PairOptions options = plain();
  options.channelsA = 1;
  const PairDataset dataset(flatDomain(scratch, "A", 1, 60), flatDomain(scratch, "B", 1, 100), options);
  const Pair pair = dataset.get(1, 0);
  EXPECT_EQ(pair.a.channels, 1);
  EXPECT_EQ(pair.b.channels, 3);
  EXPECT_EQ(valueOf(pair.a), 60);
}

TEST(PairDataset, UnreadableImageIsSkippedAndNamedOnce) {
  const Scratch scratch;
  flatDomain(scratch, "A", 3, 0);
  scratch.writeBytes("A/101.png", "damaged");
  std::vector<std::string> notices;
  PairOptions options = plain();
  options.serialBatches = true;
  options.onSkip = [&](const std::string& text) { notices.push_back(text); };
  const PairDataset dataset(findDomain({.name = "A", .sources = {scratch.path("A")}}),
                            flatDomain(scratch, "B", 1, 100), options);
  for (const int epoch : {1, 2}) {
    EXPECT_EQ(valueOf(dataset.get(epoch, 0).a), 0);
    EXPECT_EQ(valueOf(dataset.get(epoch, 1).a), 20);  // the next one
    EXPECT_EQ(valueOf(dataset.get(epoch, 2).a), 20);
  }
  EXPECT_EQ(dataset.skipped(), 1);
  EXPECT_THAT(notices, testing::ElementsAre(testing::HasSubstr("101.png")));
}

TEST(PairDataset, ExifOrientationIsAppliedOnRequest) {
  const Scratch scratch;
  const std::filesystem::path file = scratch.writeTurned("a.jpg", test::gradient(24, 8), 6);
  const Domain domain{.name = "A", .items = {{file, Item::noFrame}}};
  PairOptions options = plain();
  options.preprocess = {.mode = "none", .flip = false};
  EXPECT_EQ(PairDataset(domain, domain, options).get(1, 0).a.width, 24);
  options.exifOrientation = ExifOrientation::applied;
  EXPECT_EQ(PairDataset(domain, domain, options).get(1, 0).a.width, 8);
}

TEST(PairDataset, ImageSmallerThanTheCropIsSkippedAndNamed) {
  const Scratch scratch;
  scratch.writeFlat("A/1.png", 10, 8, 8);
  scratch.writeFlat("A/2.png", 20, 40, 40);
  std::string notice;
  PairOptions options;
  options.preprocess = {.mode = "crop", .cropSize = 16};
  options.serialBatches = true;
  options.onSkip = [&](const std::string& text) { notice = text; };
  const Domain domain = findDomain({.name = "A", .sources = {scratch.path("A")}});
  const PairDataset dataset(domain, domain, options);
  EXPECT_EQ(valueOf(dataset.get(1, 0).a), 20);
  EXPECT_THAT(notice, testing::AllOf(testing::HasSubstr("1.png"), testing::HasSubstr("8 x 8")));
}

TEST(PairDataset, OnlyDamagedImagesThrow) {
  const Scratch scratch;
  scratch.writeBytes("A/1.png", "damaged");
  scratch.writeBytes("A/2.png", "damaged");
  const PairDataset dataset(findDomain({.name = "A", .sources = {scratch.path("A")}}),
                            flatDomain(scratch, "B", 1, 100), plain());
  test::expectError(ErrorKind::wrongFile, {"domain A", "none of its 2 images"}, [&] { dataset.get(1, 0); });
  EXPECT_EQ(dataset.skipped(), 2);
}

TEST(PairDataset, OnlyTooSmallImagesThrowNamingOne) {
  const Scratch scratch;
  const Domain domain = flatDomain(scratch, "A", 2, 100);
  PairOptions options = plain();
  options.preprocess = {.mode = "crop", .cropSize = 2000};
  const PairDataset dataset(domain, domain, options);
  test::expectError(ErrorKind::wrongFile, {"domain A", "the last one: ", ".png", "--crop_size (2000)"},
                    [&] { dataset.get(1, 0); });
}

TEST(PairDataset, VanishedFolderThrowsAndSkipsNothing) {
  const Scratch scratch;
  const PairDataset dataset(flatDomain(scratch, "A", 3, 0), flatDomain(scratch, "B", 3, 100), plain());
  dataset.get(1, 0);
  std::filesystem::remove_all(scratch.path("A"));
  test::expectError(ErrorKind::notFound, {"domain A", "is gone"}, [&] { dataset.get(1, 1); });
  EXPECT_EQ(dataset.skipped(), 0);
}

TEST(PairDataset, InvalidOptionsThrow) {
  const Scratch scratch;
  const Domain domain = flatDomain(scratch, "A", 1, 0);
  PairOptions options = plain();
  options.channelsB = 2;
  test::expectError(ErrorKind::invalidArgument, {"output_nc"}, [&] { PairDataset(domain, domain, options); });
  test::expectError(ErrorKind::wrongFile, {"domain B"},
                    [&] { PairDataset(domain, Domain{.name = "B"}, plain()); });
  const PairDataset dataset(domain, domain, plain());
  test::expectError(ErrorKind::invalidArgument, {"index"}, [&] { dataset.get(1, 1); });
  test::expectError(ErrorKind::invalidArgument, {"epoch"}, [&] { dataset.get(0, 0); });
}

TEST(Random, SequenceIsTheSameOnEveryPlatform) {
  Random random(42, 1, 2, Purpose::order);
  const std::uint64_t first = random.next();
  Random again(42, 1, 2, Purpose::order);
  EXPECT_EQ(again.next(), first);
  for (const Random& other : {Random(43, 1, 2, Purpose::order), Random(42, 2, 2, Purpose::order),
                              Random(42, 2, 1, Purpose::order), Random(42, 1, 2, Purpose::partner)}) {
    Random copy = other;
    EXPECT_NE(copy.next(), first);
  }
}

}  // namespace
}  // namespace cut::trainer
