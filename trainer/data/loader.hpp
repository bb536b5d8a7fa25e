// Batches loaded ahead by threads, so that the step never waits; in order, whatever the number of threads.
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

#include "trainer/data/pair_dataset.hpp"

namespace cut::trainer {

struct LoaderOptions {
  int batchSize = 1;
  int workers = 2;       // 0: next() loads on the caller's thread
  int ahead = 4;         // batches that may lie ready or in work
  bool dropLast = true;  // the last batch of an epoch where it would be smaller; the reference: yes in
                         // training, no in testing
  // Batches count from 0 over all epochs. Training that goes on after `steps` batches starts at firstBatch =
  // steps.
  std::int64_t firstBatch = 0;
  std::int64_t endBatch = std::numeric_limits<std::int64_t>::max();  // next() gives nothing from here
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
  // Starts loading. The data set must outlive it. Throws invalidArgument for options that make no sense, or
  // where an epoch has no batch.
  Loader(const PairDataset& dataset, const LoaderOptions& options);
  ~Loader();
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  // The next batch; waits for it. Nothing at the end, or after stop(). What a worker threw is thrown here in
  // the place of its batch, and again by every later call. One thread consumes.
  std::optional<Batch> next();

  // Ends loading; a waiting next() returns. From any thread, any number of times; images in work are finished
  // first, by the destructor's waiting.
  void stop() noexcept;

  static std::int64_t batchesPerEpoch(const PairDataset& dataset, const LoaderOptions& options);

 private:
  struct Slot {
    Batch batch;
    std::exception_ptr failure;
  };

  void work();
  Batch load(std::int64_t number) const;
  Slot attempt(std::int64_t number) const noexcept;
  bool mayLoad() const noexcept;  // under mutex_

  const PairDataset& dataset_;
  LoaderOptions options_;
  std::int64_t perEpoch_;

  std::mutex mutex_;  // guards what follows
  std::condition_variable loaded_, wanted_;
  std::map<std::int64_t, Slot> slots_;
  std::int64_t nextToLoad_, nextToGive_;
  bool stopped_ = false;

  std::vector<std::jthread> threads_;  // last: joined before what they use goes
};

}  // namespace cut::trainer
