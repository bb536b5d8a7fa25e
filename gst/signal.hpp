// What a thread waits on while the engine works: something has changed, or nobody wants it any more.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>

namespace cut::gst {

enum class Woken { ready, interrupted, late };

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

  // Until `ready` holds, interrupt() was called, or `deadline` has passed.
  template <typename Ready>
  Woken wait(Ready&& ready, std::optional<Clock::time_point> deadline = {}) {
    std::unique_lock lock(mutex_);
    const auto wake = [&] { return interrupted_ || ready(); };
    if (!deadline)
      changed_.wait(lock, wake);
    else if (!changed_.wait_until(lock, *deadline, wake))
      return Woken::late;
    return interrupted_ ? Woken::interrupted : Woken::ready;
  }

  // From now on no wait() waits, until resume().
  void interrupt() {
    change([this] { interrupted_ = true; });
  }
  void resume() {
    change([this] { interrupted_ = false; });
  }

 private:
  mutable std::mutex mutex_;  // guards interrupted_ and what is waited for; no other lock is taken under it
  std::condition_variable changed_;
  bool interrupted_ = false;
};

}  // namespace cut::gst
