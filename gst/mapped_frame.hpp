// A buffer's pixels, as its GstVideoMeta or the caps lay them out.
#pragma once

#include <gst/video/video.h>

#include <string>

#include "handles.hpp"

namespace cut::gst {

// A buffer mapped as a frame of `info`, as long as this lives. Strides are negative where rows lie bottom-up.
class MappedFrame {
 public:
  MappedFrame(const GstVideoInfo& info, GstBuffer* buffer, GstMapFlags access);
  ~MappedFrame();
  MappedFrame(const MappedFrame&) = delete;
  MappedFrame& operator=(const MappedFrame&) = delete;

  // Whether the buffer holds a whole frame. Only then get() may be used.
  explicit operator bool() const noexcept { return fault_.empty(); }
  GstVideoFrame* get() noexcept { return &frame_; }
  // What it holds and what was expected, where it holds no whole frame.
  const std::string& fault() const noexcept { return fault_; }

 private:
  MappedFrame(const GstVideoInfo& info, GstMapFlags access) : info_(info), access_(access) {}
  void map(GstBuffer* buffer);
  void unmap() noexcept;

  GstVideoInfo info_;
  GstMapFlags access_;
  BufferPtr merged_;  // a copy in one memory, where a plane of what is read lies in several
  bool mapped_ = false;
  std::string fault_;
  GstVideoFrame frame_{};
};

}  // namespace cut::gst
