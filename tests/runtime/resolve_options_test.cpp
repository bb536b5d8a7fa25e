// SPDX-License-Identifier: MIT
#include "runtime/resolve_options.hpp"

#include <gtest/gtest.h>
#include <sched.h>

namespace cut {
namespace {

TEST(UsableThreads, ThreadsAreLimitedByCpuAffinity) {
  cpu_set_t all;
  ASSERT_EQ(sched_getaffinity(0, sizeof all, &all), 0);
  EXPECT_EQ(usableThreads(0), CPU_COUNT(&all));
  EXPECT_EQ(usableThreads(1024), CPU_COUNT(&all));

  cpu_set_t one;
  CPU_ZERO(&one);
  for (std::size_t cpu = 0; CPU_COUNT(&one) == 0; ++cpu)
    if (CPU_ISSET(cpu, &all)) CPU_SET(cpu, &one);
  ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
  EXPECT_EQ(usableThreads(0), 1);
  EXPECT_EQ(usableThreads(8), 1);
  EXPECT_EQ(sched_setaffinity(0, sizeof all, &all), 0);
}

}  // namespace
}  // namespace cut
