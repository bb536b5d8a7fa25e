// SPDX-License-Identifier: MIT
// The thread that all inference of a shared model runs on. Each stream has a queue of tasks; the queues are
// served round-robin, so that a stream with many tasks does not starve the others.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <thread>
#include <utility>

namespace cut {

class Worker {
 public:
  using Task = std::function<void()>;  // must not throw when posted
  struct Queue {
    std::deque<Task> tasks;  // guarded by the worker's mutex
  };

  Worker();
  // Finishes the queued tasks, and then `last` of stop(). After 250 ms the thread is detached, because an
  // engine may hang; for a second after that, other workers get 20 ms.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  static std::shared_ptr<Queue> makeQueue() { return std::make_shared<Queue>(); }

  void post(const std::shared_ptr<Queue>& queue, Task task);
  // Discards the tasks that have not begun.
  void drop(Queue& queue);
  // Nothing may be posted after it. `last` runs when every queue is empty.
  void stop(Task last);

  // Runs `task` on the thread, waits for it and rethrows its exception.
  void run(const Task& task);

 private:
  struct State;

  static Task next(State& state);
  static void loop(const std::shared_ptr<State>& state);

  std::shared_ptr<State> state_;  // shared with the thread, which may outlive this
  std::thread thread_;
};

}  // namespace cut
