// SPDX-License-Identifier: MIT
// Batches prefetched by worker threads, in an order that does not depend on the number of threads.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "trainer/data/pair_source.hpp"

namespace cut::trainer {

struct LoaderOptions {
  int batchSize = 1;
  int workers = 2;       // 0: next() loads on the caller's thread
  int prefetch = 4;      // batches that are ready or being loaded
  bool dropLast = true;  // the last batch of an epoch where it would be smaller; the reference: yes in
                         // training, no in testing
  // Batches count from 0 over all epochs. A run resumed after `steps` batches has firstBatch = steps.
  std::int64_t firstBatch = 0;
  std::int64_t endBatch = std::numeric_limits<std::int64_t>::max();  // next() ends here
};

struct Batch {
  std::int64_t number = 0;  // over all epochs, from 0
  std::int64_t epoch = 1;
  std::int64_t index = 0;  // within the epoch
  Planes a, b;             // (N, C, H, W)
  std::vector<std::string> namesA, namesB;
};

class Loader {
 public:
  // Starts loading. The dataset must outlive it. Throws invalidArgument for options out of range, or if an
  // epoch has no batch.
  Loader(const PairSource& dataset, const LoaderOptions& options);
  ~Loader();
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  // Waits for the next batch. Nothing at the end, or after stop(). A worker's exception is rethrown in place
  // of its batch, and again by every later call. For one consumer thread.
  std::optional<Batch> next();

  // Ends loading; a waiting next() returns. From any thread, any number of times. The destructor joins the
  // workers, which finish their current batch first.
  void stop() noexcept;

  static std::int64_t batchesPerEpoch(const PairSource& dataset, const LoaderOptions& options);

 private:
  struct Slot {
    Batch batch;
    std::exception_ptr failure;
  };

  void work();
  Batch load(std::int64_t number) const;
  Slot loadOrCatch(std::int64_t number) const noexcept;
  bool mayPrefetch() const noexcept;  // under mutex_

  const PairSource& dataset_;
  LoaderOptions options_;
  std::int64_t perEpoch_;

  std::mutex mutex_;  // guards what follows
  std::condition_variable batchReady_, slotFree_;
  std::map<std::int64_t, Slot> slots_;
  std::int64_t nextToLoad_, nextToReturn_;
  bool stopped_ = false;

  std::vector<std::jthread> threads_;  // last member: joined before the others are destroyed
};

}  // namespace cut::trainer
