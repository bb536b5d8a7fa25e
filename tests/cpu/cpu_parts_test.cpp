// Parts of the engine module cpu by themselves: what memory it plans, its threads.
#include <gtest/gtest.h>

#include <atomic>
#include <vector>

#include "cpu/kernels/bf16.hpp"
#include "cpu/network.hpp"
#include "cpu/thread_pool.hpp"
#include "tiny_model.hpp"

namespace cut {
namespace {

// tests/bench/memory.sh measures the same; here is what is planned, so that it does not grow unseen.
TEST(CpuMemory, OfTheReferencesNetworkKeepsItsPromiseAtFullHdAnd4k) {
  const ModelFile model = test::randomModel({.blocks = 9, .ngf = 64});
  constexpr double gibibyte = 1 << 30;
  constexpr double others = 0.5;  // the weights, packed, and two frames
  for (const Precision precision : {Precision::fp32, Precision::tf32, Precision::bf16}) {
    if (precision == Precision::bf16 && !cpu::haveBf16()) continue;
    if (precision == Precision::tf32 && !cpu::haveMatrixUnit()) continue;
    cpu::CpuNetwork network(model, {.precision = precision, .threads = 2});
    const auto gibibytes = [&](Size size) {
      return static_cast<double>(network.makePlan(size)->workspace() * 4) / gibibyte + others;
    };
    EXPECT_LE(gibibytes({1920, 1080}), 3) << nameOf(precision);
    EXPECT_LE(gibibytes({3840, 2160}), 9) << nameOf(precision);
  }
}

TEST(ThreadPool, CoversEveryItemOnce) {
  for (const int threads : {1, 2, 5}) {
    cpu::ThreadPool pool(threads);
    for (std::int64_t count = 0; count < 200; ++count) {
      std::vector<std::atomic<int>> seen(static_cast<std::size_t>(count));
      pool(count, [&](std::int64_t begin, std::int64_t end) {
        for (; begin < end; ++begin) ++seen[static_cast<std::size_t>(begin)];
      });
      for (const auto& times : seen) EXPECT_EQ(times, 1);
    }
  }
}

}  // namespace
}  // namespace cut
