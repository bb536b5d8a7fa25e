// SPDX-License-Identifier: MIT
// Buffers mapped as GstVideoFrames, and what is done with their pixels on the CPU: blend, split, copy.
#pragma once

#include <gst/video/video.h>

#include <string>

#include "utilities.hpp"

namespace cut::gst {

// A buffer mapped as a frame of `info` while this object lives, with the planes and strides of its
// GstVideoMeta or, without one, of the caps. Strides are negative where rows lie bottom-up.
class MappedFrame {
 public:
  MappedFrame(const GstVideoInfo& info, GstBuffer* buffer, GstMapFlags access);
  ~MappedFrame();
  MappedFrame(const MappedFrame&) = delete;
  MappedFrame& operator=(const MappedFrame&) = delete;

  // Whether all planes lie within the buffer. Only then may get() be used.
  explicit operator bool() const noexcept { return mismatch_.empty(); }
  GstVideoFrame* get() noexcept { return &frame_; }
  // How the buffer and its meta differ from the caps, with the numbers of both; empty where the frame fits.
  const std::string& mismatch() const noexcept { return mismatch_; }

 private:
  MappedFrame(const GstVideoInfo& info, GstMapFlags access) : info_(info), access_(access) {}
  void map(GstBuffer* buffer);
  void unmap() noexcept;

  GstVideoInfo info_;
  GstMapFlags access_;
  BufferPtr merged_;  // a copy with a single memory, where a plane of an input is spread over several
  bool mapped_ = false;
  std::string mismatch_;
  GstVideoFrame frame_{};
};

// A buffer of our own, mapped for reading and writing while this object lives.
class ScratchFrame {
 public:
  // Throws cut::Error(outOfMemory).
  explicit ScratchFrame(GstVideoInfo info);
  ~ScratchFrame();
  ScratchFrame(const ScratchFrame&) = delete;
  ScratchFrame& operator=(const ScratchFrame&) = delete;

  GstVideoFrame* get() noexcept { return &frame_; }

 private:
  BufferPtr buffer_;
  GstVideoFrame frame_{};
};

// All three take two frames of the same format and size; strides may differ.

// onto = onto + (other - onto) * weight on the format's own samples; `weight` from 0 to 1, in steps of
// 1/65536.
void blend(GstVideoFrame* onto, const GstVideoFrame* other, double weight);

// Copies the columns left of `position` (0 to 1 of the width), rounded down to whole chroma samples.
void copyLeft(GstVideoFrame* onto, const GstVideoFrame* other, double position);

// Copies all columns. gst_video_frame_copy() omits half of the last macropixel of an odd width in YUY2 and
// UYVY.
void copyFrame(GstVideoFrame* onto, const GstVideoFrame* other);

}  // namespace cut::gst
