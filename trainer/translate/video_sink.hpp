// Writing a video file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "trainer/data/picture.hpp"
#include "trainer/translate/video_encoder.hpp"

namespace cut::trainer {

class VideoSink {
 public:
  // Opens a temporary file beside `path` for frames of the size. mp4, m4v and mov take H.264 (or MPEG-4 part
  // 2 where FFmpeg has no encoder for it), mkv H.264, webm VP9 or VP8, avi Motion JPEG: 8 bits of YUV 4:2:0
  // with the format's matrix, tagged. The sound of `sound` is copied; an empty path: there is none. Throws
  // invalidArgument for another suffix, unsupported where FFmpeg has none of the encoders, io where
  // the file cannot be made.
  VideoSink(const std::filesystem::path& path, int width, int height, const VideoFormat& format,
            const std::filesystem::path& sound = {});
  ~VideoSink();  // what was not kept is removed
  VideoSink(const VideoSink&) = delete;
  VideoSink& operator=(const VideoSink&) = delete;

  const std::string& codec() const noexcept;  // "H.264"
  // One or three channels. In units of the format's time base, from the beginning, each later than the last.
  // Throws wrongFile for another size, io where it cannot be written.
  void write(const Picture& picture, std::int64_t time, std::int64_t duration);
  void keep();  // Throws io where it was not written whole.
  // What became of the sound, and of what the codec or the container cannot hold. After keep().
  std::string notes() const;

 private:
  class File;
  std::unique_ptr<File> file_;
};

}  // namespace cut::trainer
