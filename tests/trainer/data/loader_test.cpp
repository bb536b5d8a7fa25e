// SPDX-License-Identifier: MIT
// The order of batches with any number of threads; end, stop and errors.
#include "trainer/data/loader.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>

#include "scratch.hpp"
#include "trainer/data/pair_dataset.hpp"

namespace cut::trainer {
namespace {

using namespace std::chrono_literals;

class LoaderTest : public testing::Test {
 protected:
  LoaderTest() {
    for (int i = 0; i < 7; ++i) {
      scratch_.writeImage("A/" + std::to_string(i) + ".png", test::gradient(24 + i, 20));
      scratch_.writeImage("B/" + std::to_string(i) + ".png", test::gradient(20, 24 + i));
    }
  }

  Domain domain(const std::string& name) const {
    return findDomain({.name = name, .sources = {scratch_.path(name)}});
  }

  PairDataset dataset(const std::string& mode = "resize_and_crop") const {
    PairOptions options;
    options.preprocess = {.mode = mode, .loadSize = 20, .cropSize = 16};
    options.seed = 5;
    return {domain("A"), domain("B"), options};
  }

  static std::vector<Batch> all(const PairDataset& dataset, const LoaderOptions& options) {
    Loader loader(dataset, options);
    std::vector<Batch> batches;
    while (auto batch = loader.next()) batches.push_back(std::move(*batch));
    return batches;
  }

  const test::Scratch scratch_;
};

void expectSame(const std::vector<Batch>& got, const std::vector<Batch>& wanted, std::size_t from = 0) {
  ASSERT_EQ(got.size() + from, wanted.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    EXPECT_EQ(got[i].number, wanted[from + i].number);
    EXPECT_EQ(got[i].epoch, wanted[from + i].epoch);
    EXPECT_EQ(got[i].namesA, wanted[from + i].namesA);
    EXPECT_EQ(got[i].namesB, wanted[from + i].namesB);
    EXPECT_EQ(got[i].a, wanted[from + i].a);
    EXPECT_EQ(got[i].b, wanted[from + i].b);
  }
}

TEST_F(LoaderTest, BatchesDoNotDependOnTheNumberOfWorkers) {
  const PairDataset data = dataset();
  const auto wanted = all(data, {.batchSize = 2, .workers = 0, .endBatch = 9});
  ASSERT_EQ(wanted.size(), 9U);
  for (const int workers : {1, 2, 5})
    for (const int ahead : {1, 3, 16})
      expectSame(all(data, {.batchSize = 2, .workers = workers, .prefetch = ahead, .endBatch = 9}), wanted);
}

TEST_F(LoaderTest, ResumesWithinAnEpochWithTheSameBatches) {
  const auto wanted = all(dataset(), {.batchSize = 2, .endBatch = 9});
  expectSame(all(dataset(), {.batchSize = 2, .workers = 3, .firstBatch = 4, .endBatch = 9}), wanted, 4);
}

TEST_F(LoaderTest, DamagedImageChangesNeitherEpochLengthNorOtherBatches) {
  const LoaderOptions options{.batchSize = 2, .endBatch = 9};
  const std::int64_t perEpoch = Loader::batchesPerEpoch(dataset(), options);
  const auto whole = all(dataset(), options);
  const std::string damaged = scratch_.writeBytes("A/3.png", "damaged").string();
  EXPECT_EQ(Loader::batchesPerEpoch(dataset(), options), perEpoch);
  const auto batches = all(dataset(), options);
  ASSERT_EQ(batches.size(), whole.size());
  int replaced = 0;
  for (std::size_t i = 0; i < batches.size(); ++i) {
    EXPECT_EQ(batches[i].namesB, whole[i].namesB);
    for (std::size_t j = 0; j < batches[i].namesA.size(); ++j) {
      const bool was = whole[i].namesA[j] == damaged;
      EXPECT_EQ(batches[i].namesA[j], was ? scratch_.path("A/4.png").string() : whole[i].namesA[j]);
      replaced += was ? 1 : 0;
    }
  }
  EXPECT_GE(replaced, 2);
}

TEST_F(LoaderTest, ResumesBesideADamagedImageWithTheSameBatches) {
  scratch_.writeBytes("A/3.png", "damaged");
  scratch_.writeBytes("B/0.png", "damaged");
  const auto wanted = all(dataset(), {.batchSize = 2, .endBatch = 9});
  for (const int workers : {0, 1, 3})
    expectSame(all(dataset(), {.batchSize = 2, .workers = workers, .firstBatch = 4, .endBatch = 9}), wanted,
               4);
}

TEST_F(LoaderTest, CountsEpochsFromOneAndDropsTheSmallerLastBatch) {
  const PairDataset data = dataset();
  const LoaderOptions options{.batchSize = 3, .endBatch = 4};
  EXPECT_EQ(Loader::batchesPerEpoch(data, options), 2);
  const auto batches = all(data, options);
  ASSERT_EQ(batches.size(), 4U);
  EXPECT_EQ(batches[1].epoch, 1);
  EXPECT_EQ(batches[1].index, 1);
  EXPECT_EQ(batches[2].epoch, 2);
  EXPECT_EQ(batches[2].index, 0);
  for (const Batch& batch : batches) {
    EXPECT_EQ(batch.a.batch, 3);
    EXPECT_EQ(batch.a.values.size(), 3U * 3 * 16 * 16);
    EXPECT_EQ(batch.namesB.size(), 3U);
  }
}

TEST_F(LoaderTest, KeepsTheSmallerLastBatchOnRequest) {
  const LoaderOptions options{.batchSize = 3, .dropLast = false, .endBatch = 3};
  EXPECT_EQ(Loader::batchesPerEpoch(dataset(), options), 3);
  EXPECT_EQ(all(dataset(), options).back().b.batch, 1);
}

TEST_F(LoaderTest, DestructorStopsWithBatchesReadyOrInProgress) {
  const PairDataset data = dataset();
  for (int i = 0; i < 20; ++i) {
    Loader loader(data, {.workers = 3, .prefetch = 5});
    if (i % 2 == 0) loader.next();
  }
}

TEST_F(LoaderTest, PrefetchesBeforeTheFirstRequest) {
  scratch_.writeBytes("A/3.png", "damaged");
  std::atomic<bool> reached = false;
  PairOptions options;
  options.preprocess = {.mode = "resize", .loadSize = 16};
  options.serialBatches = true;
  options.onSkip = [&](const std::string&) { reached = true; };
  const PairDataset data(domain("A"), domain("B"), options);
  const Loader loader(data, {.workers = 1, .prefetch = 4});
  while (!reached) std::this_thread::sleep_for(1ms);  // in the fourth batch, of which none has been taken
}

TEST_F(LoaderTest, StopEndsAWaitingConsumer) {
  // The only worker waits in the callback of a skipped image, so that no batch is ready.
  scratch_.writeBytes("A/0.png", "damaged");
  std::atomic<bool> reached = false;
  std::atomic<bool> release = false;
  PairOptions options;
  options.preprocess = {.mode = "resize", .loadSize = 16};
  options.serialBatches = true;
  options.onSkip = [&](const std::string&) {
    reached = true;
    while (!release) std::this_thread::sleep_for(1ms);
  };
  const PairDataset data(domain("A"), domain("B"), options);
  Loader loader(data, {.workers = 1});
  std::atomic<bool> ended = false;
  std::jthread consumer([&] {
    EXPECT_FALSE(loader.next());
    ended = true;
  });
  while (!reached) std::this_thread::sleep_for(1ms);
  loader.stop();
  consumer.join();
  EXPECT_TRUE(ended);
  release = true;
  EXPECT_FALSE(loader.next());
}

TEST_F(LoaderTest, ErrorIsThrownInPlaceOfItsBatch) {
  PairOptions options;
  options.preprocess = {.mode = "none"};
  options.serialBatches = true;
  const PairDataset data(domain("A"), domain("B"), options);
  for (const int workers : {0, 2}) {
    // 24 to 30 wide, rounded to 24, 24, 24, 28, ...: the second batch has two sizes.
    Loader loader(data, {.batchSize = 2, .workers = workers});
    std::optional<Batch> first;
    test::expectError(ErrorKind::invalidArgument, {"one size", "--batch_size 1"}, [&] {
      first = loader.next();
      loader.next();
    });
    test::expectError(ErrorKind::invalidArgument, {"one size"}, [&] { loader.next(); });
  }
}

TEST_F(LoaderTest, DomainWithoutAUsableImageThrows) {
  for (int i = 0; i < 7; ++i) scratch_.writeBytes("B/" + std::to_string(i) + ".png", "damaged");
  const PairDataset data = dataset();
  Loader loader(data, {.workers = 2});
  test::expectError(ErrorKind::wrongFile, {"domain B", "none of its 7 images"}, [&] { loader.next(); });
  EXPECT_EQ(data.skipped(), 7);
}

TEST_F(LoaderTest, InvalidOptionsThrow) {
  const PairDataset data = dataset();
  const auto refused = [&](const char* part, const LoaderOptions& options) {
    test::expectError(ErrorKind::invalidArgument, {part}, [&] { const Loader loader(data, options); });
  };
  refused("batch_size", {.batchSize = 0});
  refused("7 images", {.batchSize = 8});
  refused("num_threads", {.workers = -1});
  refused("first batch", {.firstBatch = -1});
}

}  // namespace
}  // namespace cut::trainer
