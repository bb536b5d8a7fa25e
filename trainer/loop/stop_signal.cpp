// SPDX-License-Identifier: MIT
#include "trainer/loop/stop_signal.hpp"

#include <signal.h>

#include <atomic>

namespace cut::trainer {
namespace {

std::atomic<int> caught{0};
static_assert(std::atomic<int>::is_always_lock_free);  // a signal handler may touch nothing else

extern "C" void note(int signal) {
  caught.store(signal);
}

}  // namespace

void catchStopSignals() {
  struct sigaction action {};
  action.sa_handler = &note;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction before {};
    sigaction(signal, nullptr, &before);
    // The parent ignores it: nohup, or a script that starts commands in the background.
    if (before.sa_handler != SIG_IGN) sigaction(signal, &action, nullptr);
  }
}

int stopSignal() noexcept {
  return caught.load();
}

void ignoreBrokenPipes() {
  signal(SIGPIPE, SIG_IGN);
}

}  // namespace cut::trainer
