// SPDX-License-Identifier: MIT
// FFmpeg's libraries: owners of their objects, their log, and the differences between their versions.
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/display.h>
#include <libavutil/frame.h>
#include <libavutil/pixdesc.h>
}

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

namespace cut::trainer {

struct LibavDeleter {
  void operator()(AVFormatContext* input) const noexcept { avformat_close_input(&input); }
  void operator()(AVCodecContext* codec) const noexcept { avcodec_free_context(&codec); }
  void operator()(AVFrame* frame) const noexcept { av_frame_free(&frame); }
  void operator()(AVPacket* packet) const noexcept { av_packet_free(&packet); }
};
using InputPtr = std::unique_ptr<AVFormatContext, LibavDeleter>;
using CodecPtr = std::unique_ptr<AVCodecContext, LibavDeleter>;
using FramePtr = std::unique_ptr<AVFrame, LibavDeleter>;
using PacketPtr = std::unique_ptr<AVPacket, LibavDeleter>;

// Throw outOfMemory.
FramePtr newFrame();
PacketPtr newPacket();

// Records the errors that libav logs on this thread while it is in scope; errors of libav's own threads go to
// the next call of reason(). After the first one was made, libav prints nothing to stderr.
class LibavLog {
 public:
  LibavLog();
  ~LibavLog();
  LibavLog(const LibavLog&) = delete;
  LibavLog& operator=(const LibavLog&) = delete;

  void record(std::string line) { last_ = std::move(line); }
  bool empty() const noexcept { return last_.empty(); }
  // The last line ("moov atom not found (mov)"), or else the text of libav's error code.
  std::string reason(int code) const;

 private:
  LibavLog* outer_;
  std::string last_;
};

[[noreturn]] void throwOutOfMemory();
// Throws outOfMemory for AVERROR(ENOMEM), which is not an error of the file.
void checkMemory(int code);

// Opens a file in one of the supported containers and finds its streams. Files that it refers to are not
// opened. Throws wrongFile with libav's message, io if it cannot be opened.
InputPtr openInput(const std::filesystem::path& path);

// The display matrix of the frame, else of the stream; null: none, no rotation.
const std::int32_t* displayMatrix(const AVFrame& frame, const AVStream& stream);
// Whether the decoder concealed errors in it.
bool isDamaged(const AVFrame& frame);
bool isInterlaced(const AVFrame& frame);
void markProgressive(AVFrame& frame);

}  // namespace cut::trainer
