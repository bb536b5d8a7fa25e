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

constexpr std::chrono::milliseconds patience{250};
constexpr std::chrono::milliseconds littlePatience{20};

// Several that hang are one trouble: whoever frees them all is to wait a quarter of a second, not one for
// each.
class Patience {
 public:
  std::chrono::milliseconds left() {
    const std::lock_guard lock(mutex_);
    return Clock::now() < lost_ + std::chrono::seconds(1) ? littlePatience : patience;
  }
  void lose() {
    const std::lock_guard lock(mutex_);
    lost_ = Clock::now();
  }

 private:
  std::mutex mutex_;  // guards lost_
  Clock::time_point lost_;
};

Patience& sharedPatience() {
  static auto& forever = *new Patience;
  return forever;
}

}  // namespace

struct Worker::State {
  std::mutex mutex;  // guards the rest, and the lanes' tasks; no other lock is taken under it
  std::condition_variable changed;
  std::deque<std::shared_ptr<Lane>> turns;  // the lanes that have tasks, the next one first
  Task last;
  bool stopping = false;
  bool ended = false;
};

Worker::Worker() : state_(std::make_shared<State>()), thread_(&Worker::loop, state_) {}

Worker::~Worker() {
  stop({});
  const auto wait = sharedPatience().left();
  std::unique_lock lock(state_->mutex);
  const bool ended = state_->changed.wait_for(lock, wait, [this] { return state_->ended; });
  lock.unlock();
  if (ended) {
    thread_.join();
  } else {
    sharedPatience().lose();
    thread_.detach();
  }
}

void Worker::post(const std::shared_ptr<Lane>& lane, Task task) {
  {
    const std::lock_guard lock(state_->mutex);
    if (lane->tasks.empty()) state_->turns.push_back(lane);
    lane->tasks.push_back(std::move(task));
  }
  state_->changed.notify_all();
}

void Worker::drop(Lane& lane) {
  std::deque<Task> dropped;  // freed after the lock: tasks own frames
  const std::lock_guard lock(state_->mutex);
  dropped.swap(lane.tasks);
  std::erase_if(state_->turns, [&lane](const auto& turn) { return turn.get() == &lane; });
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
  post(makeLane(), [&task, promise] {
    try {
      task();
      promise->set_value();
    } catch (...) {
      promise->set_exception(std::current_exception());
    }
  });
  promise->get_future().get();
}

// Waits for a task; none where the worker is stopped and has nothing left to do.
Worker::Task Worker::next(State& state) {
  std::unique_lock lock(state.mutex);
  state.changed.wait(lock, [&state] { return !state.turns.empty() || state.stopping; });
  if (state.turns.empty()) return std::exchange(state.last, {});
  const std::shared_ptr<Lane> lane = std::move(state.turns.front());
  state.turns.pop_front();
  Task task = std::move(lane->tasks.front());
  lane->tasks.pop_front();
  if (!lane->tasks.empty()) state.turns.push_back(lane);
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
