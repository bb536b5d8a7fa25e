// SPDX-License-Identifier: MIT
#include "runtime/worker.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace cut {
namespace {

// Holds a worker in a task until it is opened.
class Barrier {
 public:
  void pass() {
    std::unique_lock lock(mutex_);
    reached_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  void waitUntilReached() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return reached_; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;  // guards the rest
  std::condition_variable changed_;
  bool reached_ = false;
  bool open_ = false;
};

TEST(Worker, TasksRunOnOneThreadOfItsOwn) {
  Worker worker;
  std::thread::id first, second;
  worker.run([&] { first = std::this_thread::get_id(); });
  worker.run([&] { second = std::this_thread::get_id(); });
  EXPECT_EQ(first, second);
  EXPECT_NE(first, std::this_thread::get_id());
}

TEST(Worker, RunRethrowsTheTasksException) {
  Worker worker;
  EXPECT_THROW(worker.run([] { throw std::runtime_error("x"); }), std::runtime_error);
  int ran = 0;
  worker.run([&] { ++ran; });
  EXPECT_EQ(ran, 1);
}

TEST(Worker, TasksNeverOverlap) {
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

TEST(Worker, QueuesAreServedRoundRobin) {
  std::string order;
  std::promise<void> ended;
  {
    Worker worker;
    Barrier barrier;
    worker.post(Worker::makeQueue(), [&] { barrier.pass(); });
    barrier.waitUntilReached();
    const auto busy = Worker::makeQueue();
    const auto modest = Worker::makeQueue();
    for (int i = 0; i < 5; ++i) worker.post(busy, [&] { order += 'b'; });
    for (int i = 0; i < 2; ++i) worker.post(modest, [&] { order += 'm'; });
    barrier.open();
    worker.stop([&] { ended.set_value(); });
    ended.get_future().wait();
  }
  EXPECT_EQ(order, "bmbmbbb");
}

TEST(Worker, DroppedQueueDoesNotRun) {
  Worker worker;
  Barrier barrier;
  std::string order;
  worker.post(Worker::makeQueue(), [&] { barrier.pass(); });
  barrier.waitUntilReached();
  const auto dropped = Worker::makeQueue();
  const auto kept = Worker::makeQueue();
  for (int i = 0; i < 3; ++i) worker.post(dropped, [&] { order += 'd'; });
  worker.post(kept, [&] { order += 'k'; });
  worker.drop(*dropped);
  worker.post(dropped, [&] { order += 'D'; });
  barrier.open();
  worker.run([] {});
  worker.run([] {});
  EXPECT_EQ(order, "kD");
}

TEST(Worker, DestructorRunsQueuedTasksThenTheLast) {
  std::string order;
  {
    Worker worker;
    const auto queue = Worker::makeQueue();
    for (int i = 0; i < 3; ++i) worker.post(queue, [&] { order += 'x'; });
    worker.stop([&] { order += '.'; });
  }
  EXPECT_EQ(order, "xxx.");
}

TEST(Worker, DestructorDetachesAHungThread) {
  const auto barrier = std::make_shared<Barrier>();
  const auto ended = std::make_shared<Barrier>();
  {
    Worker worker;
    worker.post(Worker::makeQueue(), [barrier] { barrier->pass(); });
    barrier->waitUntilReached();
    worker.stop([ended] { ended->pass(); });
  }
  barrier->open();            // an owner who waits for the task never comes here
  ended->waitUntilReached();  // it finishes alone
  ended->open();
}

}  // namespace
}  // namespace cut
