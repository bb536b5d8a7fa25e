#include "trainer/loop/device_batches.hpp"

#include <ATen/ATen.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <utility>

#include "trainer/loop/images.hpp"

namespace cut::trainer {

DeviceBatches::DeviceBatches(const PairDataset& dataset, const LoaderOptions& options, c10::Device device)
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
  if (!ready_) return std::nullopt;  // the end stays
  isReady_ = false;
  changed_.notify_all();
  std::optional<DeviceBatch> batch = std::exchange(ready_, std::nullopt);
  lock.unlock();
  if (device_.is_cuda()) {  // its memory belongs to the stream of the copies
    const c10::Stream steps = c10::impl::VirtualGuardImpl(device_.type()).getStream(device_);
    batch->a.record_stream(steps);
    batch->b.record_stream(steps);
  }
  return batch;
}

void DeviceBatches::work() {
  try {
    // A stream of its own beside the step's: what it waits for is its copies alone.
    std::optional<c10::StreamGuard> copies;
    if (device_.is_cuda())
      copies.emplace(c10::impl::VirtualGuardImpl(device_.type()).getStreamFromGlobalPool(device_));
    while (const auto batch = loader_.next())
      hand(DeviceBatch{batch->number, batch->epoch, batch->index, toTensor(batch->a, device_),
                       toTensor(batch->b, device_)},
           nullptr);
    hand(std::nullopt, nullptr);
  } catch (...) {
    hand(std::nullopt, std::current_exception());
  }
}

// Waits until the batch before has been taken.
void DeviceBatches::hand(std::optional<DeviceBatch> batch, std::exception_ptr failure) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !isReady_ || stopped_; });
  ready_ = std::move(batch);
  failure_ = std::move(failure);
  isReady_ = true;
  changed_.notify_all();
}

}  // namespace cut::trainer
