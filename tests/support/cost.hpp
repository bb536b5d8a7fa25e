// SPDX-License-Identifier: MIT
// What a call costs: the processor's time, which other programs do not lengthen, and the memory that the
// process took beyond what it had.
#pragma once

#include <ctime>
#include <fstream>
#include <optional>
#include <string>

namespace cut::test {

// Sanitizers keep freed memory: what is measured of it under them says nothing.
#ifdef CUT_SANITIZED  // by tests/meson.build
inline constexpr bool costCounts = false;
inline constexpr double slowness = 30;  // how many times longer everything may take
#else
inline constexpr bool costCounts = true;
inline constexpr double slowness = 1;
#endif

// Of the processor's time, that a small file may take whatever is in it.
inline constexpr double mostSeconds = 1 * slowness;

struct Cost {
  double seconds = 0;
  std::optional<long> mebibytes;  // nothing where they do not count, or the kernel does not reset the peak
};

// Of all threads of this process together.
inline double processorSeconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// A line of /proc/self/status, in kB.
inline long statusLine(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
    if (long value = 0; word == name + ":" && status >> value) return value;
  return 0;
}

template <typename Action>
double processorSecondsOf(Action action) {
  const double start = processorSeconds();
  action();
  return processorSeconds() - start;
}

template <typename Action>
Cost costOf(Action action) {
  std::ofstream reset("/proc/self/clear_refs");
  reset << 5 << std::flush;  // the peak becomes what is there now
  const long before = statusLine("VmRSS");
  const double seconds = processorSecondsOf(action);
  if (!costCounts || !reset) return {seconds, std::nullopt};
  return {seconds, (statusLine("VmHWM") - before) / 1024};
}

}  // namespace cut::test
