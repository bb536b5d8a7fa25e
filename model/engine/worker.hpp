// The one thread that all inference of a shared model runs on, in the order of asking.
#pragma once

#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <type_traits>

namespace cut {

class Worker {
 public:
  Worker();
  ~Worker();  // finishes what was asked for
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Calls `task` on the thread and waits for it; what it throws is thrown here. Allocates nothing.
  template <typename Task>
  void run(Task&& task) {
    Job job;
    job.call = [](void* context) { (*static_cast<std::remove_reference_t<Task>*>(context))(); };
    job.context = const_cast<void*>(static_cast<const void*>(std::addressof(task)));
    post(job);
    wait(job);
  }

 private:
  // Lives with the caller, who waits for it.
  struct Job {
    void (*call)(void*) = nullptr;
    void* context = nullptr;
    Job* next = nullptr;
    bool done = false;
    std::exception_ptr error;
  };

  void post(Job& job);
  void wait(Job& job);
  void loop();

  std::mutex mutex_;  // guards everything below but the thread
  std::condition_variable asked_;
  std::condition_variable finished_;
  Job* first_ = nullptr;
  Job* last_ = nullptr;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace cut
