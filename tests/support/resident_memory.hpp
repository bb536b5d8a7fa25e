// What memory the process holds, to see whether it grows.
#pragma once

#include <malloc.h>

#include <cstdio>

namespace cut::test {

// In bytes. What the allocator only keeps for later, in an arena for each thread that there ever was, goes
// back first: that it keeps more on one machine than on another says nothing.
inline long residentBytes() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
  long total = 0;
  long resident = 0;
  if (std::FILE* file = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(file, "%ld %ld", &total, &resident) != 2) resident = 0;
    std::fclose(file);
  }
  return resident * 4096;
}

}  // namespace cut::test
