#include "trainer/loop/peak_memory.hpp"

#include <sys/resource.h>

namespace cut::trainer {

std::int64_t peakMemory() {
  struct rusage usage {};
  getrusage(RUSAGE_SELF, &usage);
  return std::int64_t{usage.ru_maxrss} * 1024;
}

}  // namespace cut::trainer
