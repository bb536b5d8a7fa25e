// SPDX-License-Identifier: MIT
// The images of a run, from its options to tensors on the device that trains.
#pragma once

#include <ATen/core/Tensor.h>

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "trainer/data/loader.hpp"
#include "trainer/data/pair_source.hpp"
#include "trainer/options/train_options.hpp"

namespace cut::trainer {

// Both domains; with --direction BtoA they change places. `notice` gets a sentence for each video and image
// that cannot be used, from any thread. Throws what findDomain and the data sets throw.
std::unique_ptr<PairSource> makeDataset(const TrainOptions& options,
                                        const std::function<void(const std::string&)>& notice);

LoaderOptions loaderOptions(const TrainOptions& options);

// (N, C, H, W) float32 on `device`, channels-last.
at::Tensor toTensor(const Planes& planes, c10::Device device);

// A number for each image's name, the same in every run: 0 or more (64-bit FNV-1a without its sign).
std::vector<std::int64_t> imageIds(const std::vector<std::string>& names);

struct DeviceBatch {
  std::int64_t number = 0;  // over all epochs, from 0
  std::int64_t epoch = 1;
  std::int64_t index = 0;                      // within the epoch
  at::Tensor a, b;                             // as toTensor() makes them
  std::vector<std::int64_t> imagesA, imagesB;  // as imageIds() makes them
};

// The loader's batches, copied to the device ahead of the step by a thread: the step never waits for a copy.
class DeviceBatches {
 public:
  // Starts loading and copying. The data set must outlive it. Throws as Loader does.
  DeviceBatches(const PairSource& dataset, const LoaderOptions& options, c10::Device device);
  ~DeviceBatches();
  DeviceBatches(const DeviceBatches&) = delete;
  DeviceBatches& operator=(const DeviceBatches&) = delete;

  // The next batch; waits for it. Nothing at the end. What loading or copying threw is thrown here in the
  // place of its batch, and again by every later call. One thread consumes.
  std::optional<DeviceBatch> next();

 private:
  void work();
  void put(std::optional<DeviceBatch> batch, std::exception_ptr failure);

  Loader loader_;
  c10::Device device_;

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  bool isReady_ = false;  // ready_ is the next batch, or the end; or there is failure_
  bool stopped_ = false;
  std::optional<DeviceBatch> ready_;
  std::exception_ptr failure_;

  std::jthread thread_;  // last: joined before the members that it uses are destroyed
};

}  // namespace cut::trainer
