// SPDX-License-Identifier: MIT
// Utilities of the other files: owners of GStreamer's handles, the condition that the streaming thread waits
// on while the engine works, and the synchronization that ThreadSanitizer has to see.
#pragma once

#include <gst/video/video.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>

namespace cut::gst {

struct Release {
  void operator()(GstCaps* handle) const noexcept { gst_caps_unref(handle); }
  void operator()(GstStructure* handle) const noexcept { gst_structure_free(handle); }
  void operator()(GstBuffer* handle) const noexcept { gst_buffer_unref(handle); }
  void operator()(GstQuery* handle) const noexcept { gst_query_unref(handle); }
  void operator()(GstIterator* handle) const noexcept { gst_iterator_free(handle); }
  void operator()(GstElement* handle) const noexcept { gst_object_unref(handle); }
  void operator()(GstPad* handle) const noexcept { gst_object_unref(handle); }
};

using CapsPtr = std::unique_ptr<GstCaps, Release>;
using StructurePtr = std::unique_ptr<GstStructure, Release>;
using BufferPtr = std::unique_ptr<GstBuffer, Release>;
using QueryPtr = std::unique_ptr<GstQuery, Release>;
using IteratorPtr = std::unique_ptr<GstIterator, Release>;
using ElementPtr = std::unique_ptr<GstElement, Release>;
using PadPtr = std::unique_ptr<GstPad, Release>;

// A weak reference: another thread may drop the element's last reference at any time.
class WeakElement {
 public:
  explicit WeakElement(GstElement* element) { g_weak_ref_init(&reference_, element); }
  ~WeakElement() { g_weak_ref_clear(&reference_); }
  WeakElement(const WeakElement&) = delete;
  WeakElement& operator=(const WeakElement&) = delete;

  // nullptr once the element is finalized.
  ElementPtr get() { return ElementPtr(static_cast<GstElement*>(g_weak_ref_get(&reference_))); }

 private:
  GWeakRef reference_;
};

enum class WaitResult { ready, interrupted, timedOut };

enum class Interruption {
  flush,  // from FLUSH_START to FLUSH_STOP
  stop,   // from PAUSED→READY to READY→PAUSED
};

// A condition variable whose waiters a flush or a state change wakes, so that an engine that hangs does not
// hold up the streaming thread.
class InterruptibleCondition {
 public:
  using Clock = std::chrono::steady_clock;

  // Runs `change` under the lock, and wakes the waiters.
  template <typename Change>
  void change(Change&& change) {
    const std::lock_guard lock(mutex_);
    change();
    changed_.notify_all();
  }

  // Returns what `read` returns, which runs under the lock.
  template <typename Read>
  auto read(Read&& read) const {
    const std::lock_guard lock(mutex_);
    return read();
  }

  // Waits until `ready` holds, which is evaluated under the lock.
  template <typename Ready>
  WaitResult wait(Ready&& ready, std::optional<Clock::time_point> deadline = {}) {
    std::unique_lock lock(mutex_);
    const auto wake = [&] { return interrupted() || ready(); };
    if (!deadline)
      changed_.wait(lock, wake);
    else if (!changed_.wait_until(lock, *deadline, wake))
      return WaitResult::timedOut;
    return interrupted() ? WaitResult::interrupted : WaitResult::ready;
  }

  // From now on wait() returns `interrupted`, until resume() with the same reason. The reasons are separate
  // flags: a FLUSH_STOP that arrives while the element is being stopped must not let the streaming thread
  // wait again.
  void interrupt(Interruption reason) {
    change([&] { flag(reason) = true; });
  }
  void resume(Interruption reason) {
    change([&] { flag(reason) = false; });
  }

 private:
  bool interrupted() const noexcept { return flushing_ || stopped_; }
  bool& flag(Interruption reason) noexcept { return reason == Interruption::flush ? flushing_ : stopped_; }

  // Guards all below and what the waiters wait for; no other lock is taken while it is held.
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool flushing_ = false;
  bool stopped_ = false;
};

#if defined(__SANITIZE_THREAD__)
#define CUT_THREAD_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define CUT_THREAD_SANITIZER 1
#endif
#endif

// Stands at the beginning of each vfunc. GStreamer passes an element from thread to thread under locks of its
// own, which are not instrumented: ThreadSanitizer would report races that are none. A mutex that it sees,
// locked when a vfunc begins and ends, says the same; in any other build this class is empty.
#ifdef CUT_THREAD_SANITIZER
class Handover {
 public:
  Handover() { synchronize(); }
  ~Handover() { synchronize(); }
  Handover(const Handover&) = delete;
  Handover& operator=(const Handover&) = delete;

 private:
  static void synchronize() {
    static constinit std::mutex mutex;  // guards nothing; no other lock is taken while it is held
    const std::lock_guard lock(mutex);
  }
};
#else
class [[maybe_unused]] Handover {};
#endif

}  // namespace cut::gst
