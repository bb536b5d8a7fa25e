// Videos from their first frame to their last.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "trainer/data/picture.hpp"

namespace cut::trainer {

class VideoSource {
 public:
  // Throws wrongFile where FFmpeg cannot open it, it states no frame rate, or its frames are beyond
  // maxPixels.
  explicit VideoSource(const std::filesystem::path& path);
  ~VideoSource();
  VideoSource(const VideoSource&) = delete;
  VideoSource& operator=(const VideoSource&) = delete;

  double framesPerSecond() const noexcept;
  std::int64_t statedFrames() const noexcept;  // 0: the container does not say

  // RGB; nothing at the end, or where nothing more can be decoded.
  std::optional<Picture> next();

 private:
  class Decoder;
  std::unique_ptr<Decoder> decoder_;
};

class VideoSink {
 public:
  // Opens a temporary file beside `path` for frames of the picture's size. mp4, m4v and mov take H.264 (or
  // MPEG-4 part 2 where FFmpeg has no encoder for it), mkv H.264, webm VP9 or VP8, avi Motion JPEG. Throws
  // invalidArgument for another suffix, unsupported where FFmpeg has none of the encoders, unreadable where
  // the file cannot be made.
  VideoSink(const std::filesystem::path& path, int width, int height, double framesPerSecond);
  ~VideoSink();  // what was not kept is removed
  VideoSink(const VideoSink&) = delete;
  VideoSink& operator=(const VideoSink&) = delete;

  const std::string& codec() const noexcept;  // "H.264"
  void write(const Picture& picture);         // one or three channels
  void keep();                                // Throws unreadable where it was not written whole.

 private:
  class Encoder;
  std::unique_ptr<Encoder> encoder_;
};

// Whether VideoSink knows the suffix.
bool isWritableVideoName(const std::filesystem::path& path);

}  // namespace cut::trainer
