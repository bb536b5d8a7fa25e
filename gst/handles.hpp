// Owners for GStreamer's handles.
#pragma once

#include <gst/video/video.h>

#include <memory>

namespace cut::gst {

struct Release {
  void operator()(GstCaps* handle) const noexcept { gst_caps_unref(handle); }
  void operator()(GstStructure* handle) const noexcept { gst_structure_free(handle); }
  void operator()(GstBuffer* handle) const noexcept { gst_buffer_unref(handle); }
  void operator()(GstElement* handle) const noexcept { gst_object_unref(handle); }
};

using CapsPtr = std::unique_ptr<GstCaps, Release>;
using StructurePtr = std::unique_ptr<GstStructure, Release>;
using BufferPtr = std::unique_ptr<GstBuffer, Release>;
using ElementPtr = std::unique_ptr<GstElement, Release>;

// An element that may go meanwhile.
class WeakElement {
 public:
  explicit WeakElement(GstElement* element) { g_weak_ref_init(&reference_, element); }
  ~WeakElement() { g_weak_ref_clear(&reference_); }
  WeakElement(const WeakElement&) = delete;
  WeakElement& operator=(const WeakElement&) = delete;

  // nullptr where it is gone.
  ElementPtr get() { return ElementPtr(static_cast<GstElement*>(g_weak_ref_get(&reference_))); }

 private:
  GWeakRef reference_;
};

// A buffer of our own, mapped for reading and writing as long as it lives.
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

}  // namespace cut::gst
