#include "trainer/data/video_demuxer.hpp"

extern "C" {
#include <libavutil/adler32.h>
}

#include <algorithm>
#include <string_view>

#include "cuttranslate/error.hpp"
#include "trainer/data/picture.hpp"

namespace cut::trainer {
namespace {

bool isMatroska(const AVFormatContext& input) {
  return std::string_view(input.iformat->name).starts_with("matroska");
}

constexpr int markedBytes = 256;

}  // namespace

PacketMark markOf(const AVPacket& packet) {
  const auto bytes = static_cast<std::size_t>(std::min(packet.size, markedBytes));
  return {packet.pts, av_adler32_update(static_cast<AVAdler>(packet.size), packet.data, bytes)};
}

VideoDemuxer::VideoDemuxer(const std::filesystem::path& path) : path_(path), input_(openInput(path)) {
  stream_ = av_find_best_stream(input_.get(), AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
  if (stream_ < 0 || (stream().disposition & AV_DISPOSITION_ATTACHED_PIC) != 0)
    throw Error(ErrorKind::wrongFile, path.string() + ": expected a video, got a file without a video track");
  for (unsigned i = 0; i < input_->nb_streams; ++i)
    if (static_cast<int>(i) != stream_) input_->streams[i]->discard = AVDISCARD_ALL;
  const AVCodecParameters& codec = *stream().codecpar;
  if (static_cast<std::int64_t>(codec.width) * codec.height > maxPixels)
    throw Error(ErrorKind::wrongFile, path.string() + ": expected frames of at most " +
                                          std::to_string(maxPixels) + " pixels, got " +
                                          std::to_string(codec.width) + " x " + std::to_string(codec.height));
}

bool VideoDemuxer::read(AVPacket& packet) {
  const LibavLog log;
  while (true) {
    av_packet_unref(&packet);
    const int code = av_read_frame(input_.get(), &packet);
    if (code < 0) {
      checkMemory(code);
      const bool early = code != AVERROR_EOF || !log.empty() || (input_->pb && input_->pb->error < 0);
      if (early) damage_ = log.reason(code);
      return false;
    }
    if (packet.stream_index != stream_) continue;
    if ((packet.flags & AV_PKT_FLAG_CORRUPT) != 0)
      damage_ = log.empty() ? "a packet is not whole" : log.reason(0);
    return true;
  }
}

bool VideoDemuxer::next(AVPacket& packet, std::int64_t& number) {
  if (held_) {
    av_packet_unref(&packet);
    av_packet_move_ref(&packet, kept_.get());
    held_ = false;
  } else if (!read(packet)) {
    return false;
  }
  number = number_++;
  return true;
}

// Matroska's index holds the times of presentation, the others' those of decoding.
std::int64_t VideoDemuxer::seekTime(const KeyPacket& key) const {
  const bool shown = key.dts == AV_NOPTS_VALUE || isMatroska(*input_);
  return shown ? key.mark.pts : key.dts;
}

// Where a seek in a stream without an index ends, the first packet may lack its beginning: then once more,
// from a second before.
bool VideoDemuxer::startAt(const KeyPacket& key) {
  const LibavLog log;
  const std::int64_t time = seekTime(key);
  const std::int64_t second = av_rescale_q(1, AVRational{1, 1}, stream().time_base);
  return time != AV_NOPTS_VALUE && (find(key, time) || find(key, time - second));
}

bool VideoDemuxer::find(const KeyPacket& key, std::int64_t time) {
  held_ = false;
  if (av_seek_frame(input_.get(), stream_, time, AVSEEK_FLAG_BACKWARD) < 0) return false;
  while (read(*kept_)) {
    if ((kept_->flags & AV_PKT_FLAG_KEY) != 0 && markOf(*kept_) == key.mark) {
      held_ = true;
      number_ = key.packet;
      return true;
    }
    if (kept_->dts != AV_NOPTS_VALUE && kept_->dts > key.mark.pts) return false;
  }
  return false;
}

}  // namespace cut::trainer
