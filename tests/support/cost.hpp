// What a call costs: seconds, and the memory that the process took beyond what it had.
#pragma once

#include <chrono>
#include <fstream>
#include <string>

namespace cut::test {

// Sanitizers keep freed memory and slow everything down: what is measured under them says nothing.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool costCounts = false;
#else
inline constexpr bool costCounts = true;
#endif

struct Cost {
  double seconds = 0;
  long mebibytes = 0;  // 0 where the kernel does not reset the peak
};

// A line of /proc/self/status, in kB.
inline long statusLine(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
    if (long value = 0; word == name + ":" && status >> value) return value;
  return 0;
}

template <typename Action>
Cost costOf(Action action) {
  std::ofstream reset("/proc/self/clear_refs");
  reset << 5 << std::flush;  // the peak becomes what is there now
  const long before = statusLine("VmRSS");
  const auto start = std::chrono::steady_clock::now();
  action();
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  return {seconds.count(), reset ? (statusLine("VmHWM") - before) / 1024 : 0};
}

}  // namespace cut::test
