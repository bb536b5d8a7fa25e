// The one thread that all inference of a shared model runs on. Each user has a lane of tasks; lanes take
// turns, so that one with many tasks does not hold up the others.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <thread>
#include <utility>

namespace cut {

class Worker {
 public:
  using Task = std::function<void()>;  // one that is posted throws nothing
  struct Lane {
    std::deque<Task> tasks;  // guarded by the worker's mutex
  };

  Worker();
  // Finishes what was asked for and then `last` of stop(). Where that takes longer than a quarter of a second
  // (an engine may hang) the thread is left to finish alone; for a second after that, others get a fiftieth.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  static std::shared_ptr<Lane> makeLane() { return std::make_shared<Lane>(); }

  void post(const std::shared_ptr<Lane>& lane, Task task);
  // Forgets the tasks that have not begun.
  void drop(Lane& lane);
  // Nothing may be posted after it; `last` runs when every lane is empty.
  void stop(Task last);

  // Calls `task` on the thread and waits for it; what it throws is thrown here.
  void run(const Task& task);

 private:
  struct State;

  static Task next(State& state);
  static void loop(const std::shared_ptr<State>& state);

  std::shared_ptr<State> state_;  // the thread's as well: it may outlive this
  std::thread thread_;
};

}  // namespace cut
