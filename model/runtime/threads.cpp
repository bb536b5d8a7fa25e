#include "runtime/threads.hpp"

#include <sched.h>

#include <algorithm>
#include <thread>

namespace cut {
namespace {

int allowedThreads() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
  return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

}  // namespace

int usableThreads(int wanted) {
  const int allowed = allowedThreads();
  return wanted == 0 ? allowed : std::min(wanted, allowed);
}

}  // namespace cut
