// SPDX-License-Identifier: MIT
// appsrc ! cuttranslate ! appsink: what a program with frames of its own would build.
#pragma once

#include <gst/gst.h>

#include <memory>

#include "peer.hpp"

namespace cut::bench {

struct Unref {
  void operator()(void* object) const noexcept { gst_object_unref(object); }
};

class Pipeline {
 public:
  // Throws cut::Error where the element is missing or refuses.
  explicit Pipeline(const PeerOptions& options);
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  double translate();  // the seconds from handing a frame over to having it back
  const Pixels& output() const noexcept { return output_; }

 private:
  [[noreturn]] void fail();

  Pixels input_, output_;
  std::unique_ptr<GstElement, Unref> pipeline_, source_, sink_;
};

}  // namespace cut::bench
