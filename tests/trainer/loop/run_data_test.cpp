// SPDX-License-Identifier: MIT
// Batches on the device: the loader's, in its order; ends, stops and errors.
#include "trainer/loop/run_data.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "data/scratch.hpp"
#include "trainer/data/pair_dataset.hpp"

namespace cut::trainer {
namespace {

class DeviceBatchesTest : public testing::Test {
 protected:
  DeviceBatchesTest() {
    for (int i = 0; i < 5; ++i) {
      scratch_.writeImage("A/" + std::to_string(i) + ".png", test::gradient(24 + i, 20));
      scratch_.writeImage("B/" + std::to_string(i) + ".png", test::gradient(20, 24 + i));
    }
  }

  PairDataset dataset(const std::string& mode) const {
    PairOptions options;
    options.preprocess = {.mode = mode, .loadSize = 20, .cropSize = 16};
    options.serialBatches = mode == "none";
    return {findDomain({.name = "A", .sources = {scratch_.path("A")}}),
            findDomain({.name = "B", .sources = {scratch_.path("B")}}), options};
  }

  const test::Scratch scratch_;
};

TEST_F(DeviceBatchesTest, BatchesEqualTheLoadersInOrder) {
  const PairDataset data = dataset("resize_and_crop");
  const LoaderOptions options{.batchSize = 2, .workers = 2, .firstBatch = 1, .endBatch = 7};
  Loader loader(data, options);
  DeviceBatches batches(data, options, at::kCPU);
  while (const auto wanted = loader.next()) {
    const auto batch = batches.next();
    ASSERT_TRUE(batch);
    EXPECT_EQ(batch->number, wanted->number);
    EXPECT_EQ(batch->epoch, wanted->epoch);
    EXPECT_EQ(batch->index, wanted->index);
    EXPECT_TRUE(batch->a.equal(toTensor(wanted->a, at::kCPU)));
    EXPECT_TRUE(batch->b.equal(toTensor(wanted->b, at::kCPU)));
  }
  EXPECT_FALSE(batches.next());
  EXPECT_FALSE(batches.next());
}

TEST_F(DeviceBatchesTest, DestructorStopsWithABatchReadyOrInProgress) {
  const PairDataset data = dataset("resize_and_crop");
  for (int i = 0; i < 20; ++i) {
    DeviceBatches batches(data, {.workers = i % 3}, at::kCPU);
    if (i % 2 == 0) batches.next();
  }
}

TEST_F(DeviceBatchesTest, LoaderErrorIsThrownInPlaceOfItsBatch) {
  const PairDataset data = dataset("none");  // 24 to 28 wide: no two of one size in the second batch
  DeviceBatches batches(data, {.batchSize = 2}, at::kCPU);
  for (int i = 0; i < 2; ++i)
    test::expectError(ErrorKind::invalidArgument, {"one size", "--batch_size 1"}, [&] {
      while (batches.next()) {
      }
    });
}

}  // namespace
}  // namespace cut::trainer
