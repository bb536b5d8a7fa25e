// SPDX-License-Identifier: MIT
#include "trainer/data/libav.hpp"

#include <array>
#include <cstdarg>
#include <cstdio>
#include <mutex>

#include "cuttranslate/error.hpp"

namespace cut::trainer {
namespace {

namespace fs = std::filesystem;

// libav's demuxers for the suffixes in domain.cpp, and for elementary streams under such a suffix. Playlist
// demuxers (hls, concat) are excluded, because they open other files.
constexpr const char* demuxers =
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,asf,flv,ogg,dv,mxf,nut,h264,hevc,m4v";

constexpr std::size_t maxLineLength = 300;

thread_local LibavLog* currentLog = nullptr;

// Decoder threads log outside of every LibavLog, which is thread-local.
struct OtherThreadsLog {
  std::mutex mutex;  // guards last
  std::string last;
};

OtherThreadsLog& otherThreadsLog() {
  // Never deleted, because libav's threads may outlive static objects.
  static auto* const instance = new OtherThreadsLog;
  return *instance;
}

std::string withoutNewlines(const char* text) {
  std::string line(text);
  for (char& c : line)
    if (static_cast<unsigned char>(c) < ' ' || c == 127) c = ' ';
  while (!line.empty() && (line.back() == ' ' || line.back() == '.')) line.pop_back();
  return line;
}

__attribute__((format(printf, 3, 0))) void recordMessage(void* object, int level, const char* format,
                                                         std::va_list arguments) {
  if (level > AV_LOG_ERROR) return;
  std::array<char, maxLineLength> text{};
  if (std::vsnprintf(text.data(), text.size(), format, arguments) < 0) return;
  std::string line = withoutNewlines(text.data());
  if (line.empty()) return;
  const AVClass* description = object ? *static_cast<AVClass**>(object) : nullptr;
  if (description && description->item_name) line += std::string(" (") + description->item_name(object) + ")";
  if (currentLog) return currentLog->record(std::move(line));
  const std::lock_guard lock(otherThreadsLog().mutex);
  otherThreadsLog().last = std::move(line);
}

}  // namespace

FramePtr newFrame() {
  FramePtr frame(av_frame_alloc());
  if (!frame) throwOutOfMemory();
  return frame;
}

PacketPtr newPacket() {
  PacketPtr packet(av_packet_alloc());
  if (!packet) throwOutOfMemory();
  return packet;
}

LibavLog::LibavLog() : outer_(currentLog) {
  static std::once_flag once;
  std::call_once(once, [] { av_log_set_callback(recordMessage); });
  currentLog = this;
}

LibavLog::~LibavLog() {
  currentLog = outer_;
}

std::string LibavLog::reason(int code) const {
  if (!last_.empty()) return last_;
  std::string line;
  {
    const std::lock_guard lock(otherThreadsLog().mutex);
    line = std::exchange(otherThreadsLog().last, {});
  }
  if (!line.empty()) return line;
  std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
  av_strerror(code, text.data(), text.size());
  return text.data();
}

void throwOutOfMemory() {
  throw Error(ErrorKind::outOfMemory, "not enough memory for the video");
}

void checkMemory(int code) {
  if (code == AVERROR(ENOMEM)) throwOutOfMemory();
}

InputPtr openInput(const fs::path& path) {
  const LibavLog log;
  AVDictionary* options = nullptr;
  av_dict_set(&options, "protocol_whitelist", "file", 0);
  av_dict_set(&options, "format_whitelist", demuxers, 0);
  AVFormatContext* opened = nullptr;
  // "file:" is written out, so that a colon in the path is not taken for a protocol.
  int code = avformat_open_input(&opened, ("file:" + path.string()).c_str(), nullptr, &options);
  av_dict_free(&options);
  InputPtr input(opened);
  if (code >= 0) code = avformat_find_stream_info(input.get(), nullptr);
  if (code >= 0) return input;
  checkMemory(code);
  if (code == AVERROR(ENOENT) || code == AVERROR(EACCES) || code == AVERROR(EISDIR))
    throw Error(ErrorKind::io, path.string() + ": the video cannot be opened: " + log.reason(code));
  throw Error(ErrorKind::wrongFile,
              path.string() + ": expected a video that FFmpeg can decode: " + log.reason(code));
}

const std::int32_t* displayMatrix(const AVFrame& frame, const AVStream& stream) {
  constexpr std::size_t size = 9 * sizeof(std::int32_t);
  const AVFrameSideData* own = av_frame_get_side_data(&frame, AV_FRAME_DATA_DISPLAYMATRIX);
  if (own && own->size >= size) return reinterpret_cast<const std::int32_t*>(own->data);
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(60, 31, 102)
  const AVPacketSideData* data = av_packet_side_data_get(
      stream.codecpar->coded_side_data, stream.codecpar->nb_coded_side_data, AV_PKT_DATA_DISPLAYMATRIX);
  if (data && data->size >= size) return reinterpret_cast<const std::int32_t*>(data->data);
#else
  std::size_t bytes = 0;
  const std::uint8_t* data = av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, &bytes);
  if (data && bytes >= size) return reinterpret_cast<const std::int32_t*>(data);
#endif
  return nullptr;
}

bool isDamaged(const AVFrame& frame) {
  return frame.decode_error_flags != 0 || (frame.flags & AV_FRAME_FLAG_CORRUPT) != 0;
}

#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(58, 7, 100)
bool isInterlaced(const AVFrame& frame) {
  return (frame.flags & AV_FRAME_FLAG_INTERLACED) != 0;
}

void markProgressive(AVFrame& frame) {
  frame.flags &= ~AV_FRAME_FLAG_INTERLACED;
  frame.repeat_pict = 0;
}
#else
bool isInterlaced(const AVFrame& frame) {
  return frame.interlaced_frame != 0;
}

void markProgressive(AVFrame& frame) {
  frame.interlaced_frame = 0;
  frame.repeat_pict = 0;
}
#endif

}  // namespace cut::trainer
