// FFmpeg's libraries: owners of their objects, their messages, and what differs between their versions.
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

// While one lives, what libav logs as an error on this thread is kept here; on threads of libav's own it is
// kept for whoever asks next. Nothing that libav logs goes to stderr once the first one lived.
class LibavLog {
 public:
  LibavLog();
  ~LibavLog();
  LibavLog(const LibavLog&) = delete;
  LibavLog& operator=(const LibavLog&) = delete;

  void keep(std::string line) { last_ = std::move(line); }
  bool empty() const noexcept { return last_.empty(); }
  // The last line, "moov atom not found (mov)", else what libav's error code means.
  std::string reason(int code) const;

 private:
  LibavLog* outer_;
  std::string last_;
};

[[noreturn]] void throwOutOfMemory();
// Throws outOfMemory for AVERROR(ENOMEM): that is no fault of the file.
void checkMemory(int code);

// Opens a file (and nothing that it names) whose content is in one of the containers that are known here, and
// looks for its streams. Throws wrongFile with libav's reason, io where it cannot be opened.
InputPtr openInput(const std::filesystem::path& path);

// The display matrix of the frame, else of the stream; null: shown as it is.
const std::int32_t* displayMatrix(const AVFrame& frame, const AVStream& stream);
// Whether parts of it are a guess of the decoder's.
bool isDamaged(const AVFrame& frame);
bool isInterlaced(const AVFrame& frame);
void markProgressive(AVFrame& frame);

}  // namespace cut::trainer
