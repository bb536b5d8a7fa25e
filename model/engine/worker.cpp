#include "engine/worker.hpp"

#include <pthread.h>

namespace cut {

Worker::Worker() : thread_([this] { loop(); }) {}

Worker::~Worker() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  asked_.notify_one();
  thread_.join();
}

void Worker::post(Job& job) {
  {
    const std::lock_guard lock(mutex_);
    (last_ ? last_->next : first_) = &job;
    last_ = &job;
  }
  asked_.notify_one();
}

void Worker::wait(Job& job) {
  std::unique_lock lock(mutex_);
  finished_.wait(lock, [&job] { return job.done; });
  lock.unlock();
  if (job.error) std::rethrow_exception(job.error);
}

void Worker::loop() {
  pthread_setname_np(pthread_self(), "cut-worker");
  std::unique_lock lock(mutex_);
  while (true) {
    asked_.wait(lock, [this] { return first_ || stopping_; });
    if (!first_) return;
    Job& job = *first_;
    lock.unlock();
    try {
      job.call(job.context);
    } catch (...) {
      job.error = std::current_exception();
    }
    lock.lock();
    first_ = job.next;
    if (!first_) last_ = nullptr;
    job.done = true;
    finished_.notify_all();
  }
}

}  // namespace cut
