// SPDX-License-Identifier: MIT
// How kernels run in parallel: the caller provides the threads (at::parallel_for, or ThreadPool).
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

namespace cut::cpu {

template <typename Signature>
class FunctionRef;

// A non-owning reference to a callable, without allocation; the callable must outlive it.
template <typename R, typename... Args>
class FunctionRef<R(Args...)> {
 public:
  template <typename F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, FunctionRef> && std::is_invocable_r_v<R, F&, Args...>)
      FunctionRef(F&& callable)
  noexcept
      : callable_(const_cast<void*>(static_cast<const void*>(std::addressof(callable)))),
        call_([](void* target, Args... args) -> R {
          return (*static_cast<std::remove_reference_t<F>*>(target))(std::forward<Args>(args)...);
        }) {}

  R operator()(Args... args) const { return call_(callable_, std::forward<Args>(args)...); }

 private:
  void* callable_;
  R (*call_)(void*, Args...);
};

// Processes the items [begin, end).
using RangeTask = FunctionRef<void(std::int64_t begin, std::int64_t end)>;

// Covers [0, count) with calls of the task, on any threads and in any partition, and returns when all are
// done. With ATen:
//   [](std::int64_t count, RangeTask task) { at::parallel_for(0, count, 1, task); }
using ParallelFor = FunctionRef<void(std::int64_t count, RangeTask task)>;

// Calls body(slot, item) for each item of [0, count), with dynamic scheduling: a thread that is done takes
// the next item. slot, in [0, threads), is used by one thread at a time: it indexes per-thread scratch
// memory.
template <typename Body>
void parallelForDynamic(std::int64_t threads, std::int64_t count, ParallelFor parallelFor, const Body& body) {
  std::atomic<std::int64_t> next{0};
  parallelFor(threads, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t slot = begin; slot < end; ++slot)
      for (std::int64_t item = next++; item < count; item = next++) body(slot, item);
  });
}

// A ParallelFor that runs everything on the calling thread.
inline constexpr auto serialFor = [](std::int64_t count, RangeTask task) { task(0, count); };

}  // namespace cut::cpu
