// SPDX-License-Identifier: MIT
#include "backends/cpu/thread_pool.hpp"

#include <algorithm>

namespace cut::cpu {
namespace {

// Workers spin before they sleep, because the next layer comes within microseconds and waking a thread takes
// longer.
constexpr int spins = 4000;

void relax() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#else
  std::atomic_signal_fence(std::memory_order_seq_cst);
#endif
}

// Returns when the value is no longer `old`.
void waitFor(const std::atomic<std::uint32_t>& value, std::uint32_t old) noexcept {
  for (int i = 0; i < spins; ++i) {
    if (value.load(std::memory_order_acquire) != old) return;
    relax();
  }
  value.wait(old, std::memory_order_acquire);
}

}  // namespace

ThreadPool::ThreadPool(int threads) {
  try {
    workers_.reserve(static_cast<std::size_t>(std::max(threads - 1, 0)));
    for (int i = 1; i < threads; ++i) workers_.emplace_back([this] { work(); });
  } catch (...) {
    stop();
    throw;
  }
}

ThreadPool::~ThreadPool() {
  stop();
}

void ThreadPool::stop() noexcept {
  stopping_ = true;
  call_.fetch_add(1, std::memory_order_release);
  call_.notify_all();
  for (auto& worker : workers_) worker.join();
  workers_.clear();
}

void ThreadPool::runChunks() noexcept {
  for (;;) {
    const std::int64_t begin = next_.fetch_add(chunk_, std::memory_order_relaxed);
    if (begin >= count_) return;
    (*task_)(begin, std::min(begin + chunk_, count_));
  }
}

void ThreadPool::work() {
  for (std::uint32_t seen = 0;; ++seen) {
    waitFor(call_, seen);
    if (stopping_) return;
    runChunks();
    if (busy_.fetch_sub(1, std::memory_order_acq_rel) == 1) busy_.notify_one();
  }
}

void ThreadPool::operator()(std::int64_t count, RangeTask task) noexcept {
  if (count <= 0) return;
  if (workers_.empty() || count == 1) return task(0, count);
  task_ = &task;
  count_ = count;
  // Several chunks for each thread balance the load where other processes take time of a core.
  chunk_ = std::max<std::int64_t>(1, count / (8 * threads()));
  next_.store(0, std::memory_order_relaxed);
  busy_.store(static_cast<std::uint32_t>(workers_.size()), std::memory_order_relaxed);
  call_.fetch_add(1, std::memory_order_release);
  call_.notify_all();
  runChunks();
  for (std::uint32_t left = busy_.load(std::memory_order_acquire); left != 0;
       left = busy_.load(std::memory_order_acquire))
    waitFor(busy_, left);
}

}  // namespace cut::cpu
