// Sentences from any thread, kept until the thread that reports asks for them.
#pragma once

#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace cut::trainer {

class Notices {
 public:
  void add(const std::string& sentence) {
    const std::lock_guard lock(mutex_);
    sentences_.push_back(sentence);
  }
  std::vector<std::string> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(sentences_, {});
  }

 private:
  std::mutex mutex_;  // guards sentences_
  std::vector<std::string> sentences_;
};

}  // namespace cut::trainer
