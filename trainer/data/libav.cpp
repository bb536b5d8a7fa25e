#include "trainer/data/libav.hpp"

#include <array>
#include <cstdarg>
#include <cstdio>
#include <mutex>

#include "cuttranslate/error.hpp"

namespace cut::trainer {
namespace {

namespace fs = std::filesystem;

// The containers of the suffixes in domain.cpp, and elementary streams that bear them. Playlists and scripts
// are none: they would open other files.
constexpr const char* containers =
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,asf,flv,ogg,dv,mxf,nut,h264,hevc,m4v";

constexpr std::size_t longestLine = 300;

thread_local LibavLog* innermost = nullptr;

// Where a decoder has threads of its own, they log outside of every LibavLog.
struct Elsewhere {
  std::mutex mutex;  // guards last
  std::string last;
};

Elsewhere& elsewhere() {
  static auto* const kept = new Elsewhere;  // libav's threads may outlive static objects
  return *kept;
}

std::string withoutNewlines(const char* text) {
  std::string line(text);
  for (char& c : line)
    if (static_cast<unsigned char>(c) < ' ' || c == 127) c = ' ';
  while (!line.empty() && (line.back() == ' ' || line.back() == '.')) line.pop_back();
  return line;
}

__attribute__((format(printf, 3, 0))) void keepMessage(void* object, int level, const char* format,
                                                       std::va_list arguments) {
  if (level > AV_LOG_ERROR) return;
  std::array<char, longestLine> text{};
  if (std::vsnprintf(text.data(), text.size(), format, arguments) < 0) return;
  std::string line = withoutNewlines(text.data());
  if (line.empty()) return;
  const AVClass* description = object ? *static_cast<AVClass**>(object) : nullptr;
  if (description && description->item_name) line += std::string(" (") + description->item_name(object) + ")";
  if (innermost) return innermost->keep(std::move(line));
  const std::lock_guard lock(elsewhere().mutex);
  elsewhere().last = std::move(line);
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

LibavLog::LibavLog() : outer_(innermost) {
  static std::once_flag once;
  std::call_once(once, [] { av_log_set_callback(keepMessage); });
  innermost = this;
}

LibavLog::~LibavLog() {
  innermost = outer_;
}

std::string LibavLog::reason(int code) const {
  if (!last_.empty()) return last_;
  std::string line;
  {
    const std::lock_guard lock(elsewhere().mutex);
    line = std::exchange(elsewhere().last, {});
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
  av_dict_set(&options, "format_whitelist", containers, 0);
  AVFormatContext* opened = nullptr;
  // With the protocol's name, so that a colon in the path is none.
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
