// SPDX-License-Identifier: MIT
#include "trainer/data/loader.hpp"

#include <algorithm>
#include <utility>

#include "cuttranslate/error.hpp"

namespace cut::trainer {
namespace {

void checkRange(const char* option, std::int64_t value, std::int64_t lowest, std::int64_t highest) {
  if (value < lowest || value > highest)
    throw Error(ErrorKind::invalidArgument, std::string("--") + option + ": expected " +
                                                std::to_string(lowest) + " to " + std::to_string(highest) +
                                                ", got " + std::to_string(value));
}

std::string sizeText(const Planes& planes) {
  return std::to_string(planes.width) + " x " + std::to_string(planes.height);
}

void append(Planes& batch, const Planes& image, const std::string& name) {
  if (batch.batch == 0) {
    batch = image;
    return;
  }
  if (batch.width != image.width || batch.height != image.height)
    throw Error(ErrorKind::invalidArgument, "expected images of one size in a batch, got " + sizeText(batch) +
                                                " and " + sizeText(image) + " (" + name +
                                                "); use --batch_size 1 or a --preprocess with crop");
  batch.values.insert(batch.values.end(), image.values.begin(), image.values.end());
  ++batch.batch;
}

}  // namespace

Loader::Loader(const PairSource& dataset, const LoaderOptions& options)
    : dataset_(dataset),
      options_(options),
      perEpoch_(batchesPerEpoch(dataset, options)),
      nextToLoad_(options.firstBatch),
      nextToReturn_(options.firstBatch) {
  checkRange("num_threads", options.workers, 0, 256);
  checkRange("prefetch", options.prefetch, 1, 4096);
  if (options.firstBatch < 0)
    throw Error(ErrorKind::invalidArgument,
                "expected a first batch from 0, got " + std::to_string(options.firstBatch));
  threads_.reserve(options.workers);
  try {
    for (int i = 0; i < options.workers; ++i) threads_.emplace_back([this] { work(); });
  } catch (...) {
    stop();
    throw;
  }
}

Loader::~Loader() {
  stop();
}

std::int64_t Loader::batchesPerEpoch(const PairSource& dataset, const LoaderOptions& options) {
  checkRange("batch_size", options.batchSize, 1, 65536);
  const std::int64_t whole = dataset.size() / options.batchSize;
  const bool rest = dataset.size() % options.batchSize != 0;
  if (options.dropLast && whole == 0)
    throw Error(ErrorKind::invalidArgument,
                "--batch_size: expected at most the " + std::to_string(dataset.size()) +
                    " images of the larger domain, got " + std::to_string(options.batchSize));
  return whole + (rest && !options.dropLast ? 1 : 0);
}

std::optional<Batch> Loader::next() {
  std::unique_lock lock(mutex_);
  if (stopped_ || nextToReturn_ >= options_.endBatch) return std::nullopt;
  if (options_.workers == 0) {
    const std::int64_t number = nextToReturn_;
    lock.unlock();
    Batch batch = load(number);
    lock.lock();
    ++nextToReturn_;
    return batch;
  }
  batchReady_.wait(lock, [this] { return stopped_ || slots_.contains(nextToReturn_); });
  if (stopped_) return std::nullopt;
  const auto slot = slots_.find(nextToReturn_);
  // The slot stays, so that later calls rethrow it.
  if (slot->second.failure) std::rethrow_exception(slot->second.failure);
  Batch batch = std::move(slot->second.batch);
  slots_.erase(slot);
  ++nextToReturn_;
  lock.unlock();
  slotFree_.notify_one();
  return batch;
}

void Loader::stop() noexcept {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  batchReady_.notify_all();
  slotFree_.notify_all();
}

bool Loader::mayPrefetch() const noexcept {
  return nextToLoad_ < options_.endBatch && nextToLoad_ - nextToReturn_ < options_.prefetch;
}

void Loader::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    slotFree_.wait(lock, [this] { return stopped_ || mayPrefetch(); });
    if (stopped_) return;
    const std::int64_t number = nextToLoad_++;
    lock.unlock();
    Slot slot = loadOrCatch(number);
    lock.lock();
    slots_.emplace(number, std::move(slot));
    batchReady_.notify_one();
  }
}

Loader::Slot Loader::loadOrCatch(std::int64_t number) const noexcept {
  Slot slot;
  try {
    slot.batch = load(number);
  } catch (...) {
    slot.failure = std::current_exception();
  }
  return slot;
}

Batch Loader::load(std::int64_t number) const {
  Batch batch;
  batch.number = number;
  batch.epoch = 1 + number / perEpoch_;
  batch.index = number % perEpoch_;
  const std::int64_t first = batch.index * options_.batchSize;
  const std::int64_t end = std::min(first + options_.batchSize, dataset_.size());
  for (std::int64_t i = first; i < end; ++i) {
    Pair pair = dataset_.get(batch.epoch, i);
    append(batch.a, pair.a, pair.nameA);
    append(batch.b, pair.b, pair.nameB);
    batch.namesA.push_back(std::move(pair.nameA));
    batch.namesB.push_back(std::move(pair.nameB));
  }
  return batch;
}

}  // namespace cut::trainer
