// Owners for GStreamer's handles.
#pragma once

#include <gst/video/video.h>

#include <memory>

namespace cut::gst {

struct Release {
  void operator()(GstCaps* handle) const noexcept { gst_caps_unref(handle); }
  void operator()(GstStructure* handle) const noexcept { gst_structure_free(handle); }
  void operator()(GstBuffer* handle) const noexcept { gst_buffer_unref(handle); }
  void operator()(GstVideoConverter* handle) const noexcept { gst_video_converter_free(handle); }
};

using CapsPtr = std::unique_ptr<GstCaps, Release>;
using StructurePtr = std::unique_ptr<GstStructure, Release>;
using BufferPtr = std::unique_ptr<GstBuffer, Release>;
using ConverterPtr = std::unique_ptr<GstVideoConverter, Release>;

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
