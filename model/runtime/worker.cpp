// SPDX-License-Identifier: MIT
#include "runtime/worker.hpp"

#include <pthread.h>

#include <chrono>
#include <condition_variable>
#include <exception>
#include <future>
#include <mutex>

#include "runtime/exit_gate.hpp"

namespace cut {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds joinTimeout{250};
constexpr std::chrono::milliseconds joinTimeoutAfterHang{20};

// How long a destructor waits for its thread. Many workers of one hung engine must not add up to many
// timeouts.
class JoinTimeout {
 public:
  std::chrono::milliseconds get() {
    const std::lock_guard lock(mutex_);
    return Clock::now() < expired_ + std::chrono::seconds(1) ? joinTimeoutAfterHang : joinTimeout;
  }
  void noteExpired() {
    const std::lock_guard lock(mutex_);
    expired_ = Clock::now();
  }

 private:
  std::mutex mutex_;  // guards expired_
  Clock::time_point expired_;
};

JoinTimeout& sharedJoinTimeout() {
  static auto& instance = *new JoinTimeout;  // never destroyed: workers may outlive static destructors
  return instance;
}

}  // namespace

struct Worker::State {
  std::mutex mutex;  // guards the rest, and the queues' tasks; no other lock is taken under it
  std::condition_variable changed;
  std::deque<std::shared_ptr<Queue>> ready;  // the queues that have tasks, the next one first
  Task last;
  bool stopping = false;
  bool ended = false;
};

Worker::Worker() : state_(std::make_shared<State>()), thread_(&Worker::loop, state_) {}

Worker::~Worker() {
  stop({});
  const auto timeout = sharedJoinTimeout().get();
  std::unique_lock lock(state_->mutex);
  const bool ended = state_->changed.wait_for(lock, timeout, [this] { return state_->ended; });
  lock.unlock();
  if (ended) {
    thread_.join();
  } else {
    sharedJoinTimeout().noteExpired();
    thread_.detach();
  }
}

void Worker::post(const std::shared_ptr<Queue>& queue, Task task) {
  {
    const std::lock_guard lock(state_->mutex);
    if (queue->tasks.empty()) state_->ready.push_back(queue);
    queue->tasks.push_back(std::move(task));
  }
  state_->changed.notify_all();
}

void Worker::drop(Queue& queue) {
  std::deque<Task> dropped;  // freed after the lock: tasks own frames
  const std::lock_guard lock(state_->mutex);
  dropped.swap(queue.tasks);
  std::erase_if(state_->ready, [&queue](const auto& candidate) { return candidate.get() == &queue; });
}

void Worker::stop(Task last) {
  {
    const std::lock_guard lock(state_->mutex);
    if (last) state_->last = std::move(last);
    state_->stopping = true;
  }
  state_->changed.notify_all();
}

void Worker::run(const Task& task) {
  // Shared: the worker may still be inside set_value() when the waiting thread goes on.
  const auto promise = std::make_shared<std::promise<void>>();
  post(makeQueue(), [&task, promise] {
    try {
      task();
      promise->set_value();
    } catch (...) {
      promise->set_exception(std::current_exception());
    }
  });
  promise->get_future().get();
}

// Waits for a task. Returns an empty one when the worker is stopped and all queues are empty.
Worker::Task Worker::next(State& state) {
  std::unique_lock lock(state.mutex);
  state.changed.wait(lock, [&state] { return !state.ready.empty() || state.stopping; });
  if (state.ready.empty()) return std::exchange(state.last, {});
  const std::shared_ptr<Queue> queue = std::move(state.ready.front());
  state.ready.pop_front();
  Task task = std::move(queue->tasks.front());
  queue->tasks.pop_front();
  if (!queue->tasks.empty()) state.ready.push_back(queue);
  return task;
}

void Worker::loop(const std::shared_ptr<State>& state) {
  pthread_setname_np(pthread_self(), "cut-worker");
  while (Task task = next(*state)) {
    const ExitGate gate;
    task();
    task = nullptr;  // what it owns is freed inside the gate
  }
  const std::lock_guard lock(state->mutex);
  state->ended = true;
  state->changed.notify_all();
}

}  // namespace cut
