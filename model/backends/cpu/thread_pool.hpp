// SPDX-License-Identifier: MIT
// A fixed number of threads for kernels: a ParallelFor without OpenMP.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "kernels/base/parallel_for.hpp"

namespace cut::cpu {

// One thread at a time may call it, and counts as one of the `threads`. A call allocates nothing.
class ThreadPool {
 public:
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const noexcept { return static_cast<int>(workers_.size()) + 1; }

  // A ParallelFor with dynamic scheduling, because other processes may take time of a core.
  void operator()(std::int64_t count, RangeTask task) noexcept;

 private:
  void work();
  void runChunks() noexcept;
  void stop() noexcept;

  // Written between two calls only; the release store to `call_` publishes them.
  const RangeTask* task_ = nullptr;
  std::int64_t count_ = 0;
  std::int64_t chunk_ = 1;
  bool stopping_ = false;

  std::atomic<std::int64_t> next_{0};
  std::atomic<std::uint32_t> call_{0};
  std::atomic<std::uint32_t> busy_{0};  // workers that have not finished the call
  std::vector<std::thread> workers_;
};

}  // namespace cut::cpu
