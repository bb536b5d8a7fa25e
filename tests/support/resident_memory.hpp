// SPDX-License-Identifier: MIT
// What memory the process holds, to see whether it grows.
#pragma once

#include <malloc.h>

#include <cstdio>

namespace cut::test {

// In bytes, without what is mapped from files: a kernel may take back and return the pages of those as it
// likes (DAMON does). What the allocator only keeps for later, in an arena for each thread that there ever
// was, goes back first: that it keeps more on one machine than on another says nothing.
inline long residentBytes() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
  long total = 0;
  long resident = 0;
  long shared = 0;  // of files
  if (std::FILE* file = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(file, "%ld %ld %ld", &total, &resident, &shared) != 3) resident = shared = 0;
    std::fclose(file);
  }
  return (resident - shared) * 4096;
}

}  // namespace cut::test
