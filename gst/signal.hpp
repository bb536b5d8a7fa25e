// What a thread waits on while the engine works: something has changed, or nobody wants it any more.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>

namespace cut::gst {

enum class Woken { ready, interrupted, late };

// Why nobody wants it any more. A flush ends; so does a stop, when frames may flow again.
enum class Interruption { flush, stop };

class Signal {
 public:
  using Clock = std::chrono::steady_clock;

  // Changes what is waited for.
  template <typename Change>
  void change(Change&& change) {
    const std::lock_guard lock(mutex_);
    change();
    changed_.notify_all();
  }

  // Looks at what is waited for.
  template <typename Look>
  auto look(Look&& look) const {
    const std::lock_guard lock(mutex_);
    return look();
  }

  // Until `ready` holds, it is interrupted, or `deadline` has passed.
  template <typename Ready>
  Woken wait(Ready&& ready, std::optional<Clock::time_point> deadline = {}) {
    std::unique_lock lock(mutex_);
    const auto wake = [&] { return interrupted() || ready(); };
    if (!deadline)
      changed_.wait(lock, wake);
    else if (!changed_.wait_until(lock, *deadline, wake))
      return Woken::late;
    return interrupted() ? Woken::interrupted : Woken::ready;
  }

  // From now on no wait() waits, until resume() of the same: a flush that ends while the stream is stopped
  // makes nobody wait again.
  void interrupt(Interruption why) {
    change([&] { flag(why) = true; });
  }
  void resume(Interruption why) {
    change([&] { flag(why) = false; });
  }

 private:
  bool interrupted() const noexcept { return flushing_ || stopped_; }
  bool& flag(Interruption why) noexcept { return why == Interruption::flush ? flushing_ : stopped_; }

  mutable std::mutex mutex_;  // guards all below and what is waited for; no other lock is taken under it
  std::condition_variable changed_;
  bool flushing_ = false;
  bool stopped_ = false;
};

}  // namespace cut::gst
