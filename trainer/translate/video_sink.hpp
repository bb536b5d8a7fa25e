// SPDX-License-Identifier: MIT
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
  // Opens a temporary file beside `path` for frames of the size. mp4, m4v and mov get H.264 (MPEG-4 part 2 if
  // FFmpeg has no H.264 encoder), mkv H.264, webm VP9 or VP8, avi Motion JPEG; all 8-bit YUV 4:2:0 with the
  // format's matrix, tagged. The audio of `audio` is copied; empty path: none. Throws invalidArgument for
  // another suffix, unsupported if FFmpeg has none of the encoders, io if the file cannot be created.
  VideoSink(const std::filesystem::path& path, int width, int height, const VideoFormat& format,
            const std::filesystem::path& audio = {});
  ~VideoSink();  // removes the temporary file without commit()
  VideoSink(const VideoSink&) = delete;
  VideoSink& operator=(const VideoSink&) = delete;

  const std::string& codec() const noexcept;  // "H.264"
  // One or three channels. Strictly increasing times in units of the format's time base, from the start of
  // the video. Throws wrongFile for another size, io if it cannot be written.
  void write(const Picture& picture, std::int64_t time, std::int64_t duration);
  void commit();  // renames the complete file to `path`; throws io if it is incomplete
  // Whether audio was copied, and what the codec or the container lost. After commit().
  std::string notes() const;

 private:
  class File;
  std::unique_ptr<File> file_;
};

}  // namespace cut::trainer
