// GStreamer hands an element from one thread to another under locks of its own, which ThreadSanitizer does
// not see. This says the same with a std::mutex: what was done before one ends is seen by who begins one
// later. It keeps nobody out.
#pragma once

#include <mutex>

namespace cut::gst {

class Handover {
 public:
  Handover() { pass(); }
  ~Handover() { pass(); }
  Handover(const Handover&) = delete;
  Handover& operator=(const Handover&) = delete;

 private:
  static void pass() {
    static constinit std::mutex mutex;  // guards nothing; no other lock is taken under it
    const std::lock_guard lock(mutex);
  }
};

}  // namespace cut::gst
