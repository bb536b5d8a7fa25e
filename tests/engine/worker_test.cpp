#include "engine/worker.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <thread>
#include <vector>

namespace cut {
namespace {

TEST(Worker, RunsEverythingOnOneThreadThatIsNotTheCallers) {
  Worker worker;
  std::thread::id first, second;
  worker.run([&] { first = std::this_thread::get_id(); });
  worker.run([&] { second = std::this_thread::get_id(); });
  EXPECT_EQ(first, second);
  EXPECT_NE(first, std::this_thread::get_id());
}

TEST(Worker, ThrowsWhatTheTaskThrewAndGoesOn) {
  Worker worker;
  EXPECT_THROW(worker.run([] { throw std::runtime_error("x"); }), std::runtime_error);
  int ran = 0;
  worker.run([&] { ++ran; });
  EXPECT_EQ(ran, 1);
}

TEST(Worker, NeverRunsTwoTasksAtOnce) {
  Worker worker;
  int running = 0;
  int total = 0;
  int overlaps = 0;
  std::vector<std::thread> callers;
  for (int i = 0; i < 8; ++i)
    callers.emplace_back([&] {
      for (int n = 0; n < 200; ++n)
        worker.run([&] {
          if (running++ != 0) ++overlaps;
          ++total;
          --running;
        });
    });
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(total, 1600);
  EXPECT_EQ(overlaps, 0);
}

}  // namespace
}  // namespace cut
