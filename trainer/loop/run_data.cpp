// SPDX-License-Identifier: MIT
#include "trainer/loop/run_data.hpp"

#include <ATen/ATen.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <cstdint>
#include <utility>

#include "trainer/data/pair_dataset.hpp"
#include "trainer/data/single_image_dataset.hpp"

namespace cut::trainer {
namespace {

Domain domainOf(const TrainOptions& options, const std::string& name,
                const std::vector<std::filesystem::path>& named) {
  DomainQuery query;
  query.name = name;
  if (!options.dataroot.empty()) query.sources.push_back(domainFolder(options.dataroot, options.phase, name));
  query.sources.insert(query.sources.end(), named.begin(), named.end());
  query.phase = options.phase;
  if (options.datasetMode == DatasetMode::unaligned) query.maxItems = options.maxDatasetSize;
  return findDomain(query);
}

}  // namespace

std::unique_ptr<PairSource> makeDataset(const TrainOptions& options,
                                        const std::function<void(const std::string&)>& notice) {
  Domain a = domainOf(options, "A", options.dataA);
  Domain b = domainOf(options, "B", options.dataB);
  if (options.direction == Direction::bToA) std::swap(a, b);
  for (const Domain* domain : {&a, &b})
    for (const std::string& sentence : domain->unreadable) notice("skipped " + sentence);
  PairOptions pairs;
  pairs.preprocess = preprocessOptions(options);
  pairs.exifOrientation = exifOrientation(options);
  pairs.seed = options.seed;
  pairs.serialBatches = options.serialBatches;
  pairs.channelsA = options.inputNc;
  pairs.channelsB = options.outputNc;
  pairs.constantEpochs = options.nEpochs;
  pairs.onSkip = notice;
  if (options.datasetMode == DatasetMode::unaligned)
    return std::make_unique<PairDataset>(std::move(a), std::move(b), pairs);
  SingleImageOptions single{.pairs = pairs, .batchSize = options.batchSize};
  if (options.maxDatasetSize != TrainOptions().maxDatasetSize) single.length = options.maxDatasetSize;
  return std::make_unique<SingleImageDataset>(a, b, single);
}

LoaderOptions loaderOptions(const TrainOptions& options) {
  LoaderOptions loader;
  loader.batchSize = options.batchSize;
  loader.workers = options.numThreads;
  return loader;
}

at::Tensor toTensor(const Planes& planes, c10::Device device) {
  // from_blob takes no const pointer; the data are only read, and cloned below.
  auto* values = const_cast<float*>(planes.values.data());
  const at::Tensor view =
      at::from_blob(values, {planes.batch, planes.channels, planes.height, planes.width}, at::kFloat);
  return view.clone(at::MemoryFormat::ChannelsLast).to(device);
}

std::vector<std::int64_t> imageIds(const std::vector<std::string>& names) {
  std::vector<std::int64_t> ids;
  for (const std::string& name : names) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    ids.push_back(static_cast<std::int64_t>(hash >> 1));
  }
  return ids;
}

DeviceBatches::DeviceBatches(const PairSource& dataset, const LoaderOptions& options, c10::Device device)
    : loader_(dataset, options), device_(device), thread_([this] { work(); }) {}

DeviceBatches::~DeviceBatches() {
  loader_.stop();
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
}

std::optional<DeviceBatch> DeviceBatches::next() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return isReady_; });
  if (failure_) std::rethrow_exception(failure_);
  if (!ready_) return std::nullopt;  // at the end, every further call
  isReady_ = false;
  changed_.notify_all();
  std::optional<DeviceBatch> batch = std::exchange(ready_, std::nullopt);
  lock.unlock();
  if (device_.is_cuda()) {  // allocated on the copy stream: the allocator must know of the step's
    const c10::Stream steps = c10::impl::VirtualGuardImpl(device_.type()).getStream(device_);
    batch->a.record_stream(steps);
    batch->b.record_stream(steps);
  }
  return batch;
}

void DeviceBatches::work() {
  try {
    // Copies have their own stream beside the step's, so that synchronising waits for copies alone.
    std::optional<c10::StreamGuard> copies;
    if (device_.is_cuda())
      copies.emplace(c10::impl::VirtualGuardImpl(device_.type()).getStreamFromGlobalPool(device_));
    while (const auto batch = loader_.next())
      put(DeviceBatch{batch->number, batch->epoch, batch->index, toTensor(batch->a, device_),
                      toTensor(batch->b, device_), imageIds(batch->namesA), imageIds(batch->namesB)},
          nullptr);
    put(std::nullopt, nullptr);
  } catch (...) {
    put(std::nullopt, std::current_exception());
  }
}

// Blocks until the previous batch has been taken.
void DeviceBatches::put(std::optional<DeviceBatch> batch, std::exception_ptr failure) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !isReady_ || stopped_; });
  ready_ = std::move(batch);
  failure_ = std::move(failure);
  isReady_ = true;
  changed_.notify_all();
}

}  // namespace cut::trainer
