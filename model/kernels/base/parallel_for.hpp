// How a kernel spreads its work: its caller brings the threads (at::parallel_for, or a pool of our own).
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

namespace cut::cpu {

template <typename Signature>
class FunctionRef;

// A borrowed function object: two pointers, no allocation. Valid only while what it was made from lives.
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

// Does the items [begin, end).
using RangeTask = FunctionRef<void(std::int64_t begin, std::int64_t end)>;

// Covers [0, count) with calls of the task, on any threads and in any split, and returns when all are done.
// With ATen:
//   [](std::int64_t count, RangeTask task) { at::parallel_for(0, count, 1, task); }
using ParallelFor = FunctionRef<void(std::int64_t count, RangeTask task)>;

// Covers [0, count) with calls of body(place, item): each place, one of `threads`, is working memory that one
// thread has at a time, and whoever is ahead takes more items.
template <typename Body>
void takeTurns(std::int64_t threads, std::int64_t count, ParallelFor parallelFor, const Body& body) {
  std::atomic<std::int64_t> next{0};
  parallelFor(threads, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t place = begin; place < end; ++place)
      for (std::int64_t item = next++; item < count; item = next++) body(place, item);
  });
}

// Everything on the calling thread.
inline constexpr auto serialFor = [](std::int64_t count, RangeTask task) { task(0, count); };

}  // namespace cut::cpu
