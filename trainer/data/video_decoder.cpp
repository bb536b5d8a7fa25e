// SPDX-License-Identifier: MIT
#include "trainer/data/video_decoder.hpp"

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

constexpr int fingerprintedBytes = 256;

// More packets than any codec delays; older ones gave no frame.
constexpr std::int64_t maxDecoderDelay = 256;

CodecPtr openDecoder(const VideoDemuxer& demuxer, int threads) {
  const LibavLog log;
  const AVCodecParameters& parameters = *demuxer.stream().codecpar;
  const AVCodec* codec = avcodec_find_decoder(parameters.codec_id);
  const std::string name = avcodec_get_name(parameters.codec_id);
  if (!codec)
    throw Error(ErrorKind::unsupported,
                demuxer.path().string() +
                    ": expected a video that FFmpeg can decode; this one has no decoder for " + name);
  CodecPtr context(avcodec_alloc_context3(codec));
  if (!context) throwOutOfMemory();
  int code = avcodec_parameters_to_context(context.get(), &parameters);
  context->pkt_timebase = demuxer.stream().time_base;
  context->thread_count = threads;
  context->max_pixels = maxPixels;
  if (code >= 0) code = avcodec_open2(context.get(), codec, nullptr);
  if (code >= 0) return context;
  checkMemory(code);
  throw Error(ErrorKind::wrongFile, demuxer.path().string() + ": expected a video that FFmpeg can decode: " +
                                        name + ": " + log.reason(code));
}

}  // namespace

PacketFingerprint fingerprintOf(const AVPacket& packet) {
  const auto bytes = static_cast<std::size_t>(std::min(packet.size, fingerprintedBytes));
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
      const bool truncated = code != AVERROR_EOF || !log.empty() || (input_->pb && input_->pb->error < 0);
      if (truncated) damage_ = log.reason(code);
      return false;
    }
    if (packet.stream_index != stream_) continue;
    if ((packet.flags & AV_PKT_FLAG_CORRUPT) != 0)
      damage_ = log.empty() ? "a packet is corrupt" : log.reason(0);
    return true;
  }
}

bool VideoDemuxer::next(AVPacket& packet, std::int64_t& number) {
  if (hasPending_) {
    av_packet_unref(&packet);
    av_packet_move_ref(&packet, pending_.get());
    hasPending_ = false;
  } else if (!read(packet)) {
    return false;
  }
  number = number_++;
  return true;
}

// Matroska's index holds pts, the others' dts.
std::int64_t VideoDemuxer::seekTime(const KeyPacket& key) const {
  const bool byPts = key.dts == AV_NOPTS_VALUE || isMatroska(*input_);
  return byPts ? key.fingerprint.pts : key.dts;
}

// In a stream without an index, a seek may land inside a packet, whose rest is not the key packet: seek
// again, one second earlier.
bool VideoDemuxer::seek(const KeyPacket& key) {
  const LibavLog log;
  const std::int64_t time = seekTime(key);
  const std::int64_t second = av_rescale_q(1, AVRational{1, 1}, stream().time_base);
  return time != AV_NOPTS_VALUE && (find(key, time) || find(key, time - second));
}

bool VideoDemuxer::find(const KeyPacket& key, std::int64_t time) {
  hasPending_ = false;
  if (av_seek_frame(input_.get(), stream_, time, AVSEEK_FLAG_BACKWARD) < 0) return false;
  while (read(*pending_)) {
    if ((pending_->flags & AV_PKT_FLAG_KEY) != 0 && fingerprintOf(*pending_) == key.fingerprint) {
      hasPending_ = true;
      number_ = key.packet;
      return true;
    }
    if (pending_->dts != AV_NOPTS_VALUE && pending_->dts > key.fingerprint.pts) return false;
  }
  return false;
}

VideoDecoder::VideoDecoder(const std::filesystem::path& path, int threads)
    : demuxer_(path), codec_(openDecoder(demuxer_, threads)) {}

bool VideoDecoder::next(DecodedFrame& decoded) {
  const LibavLog log;
  decoded.frame = newFrame();
  while (true) {
    const int code = avcodec_receive_frame(codec_.get(), decoded.frame.get());
    if (code >= 0) {
      setPacketInfo(decoded, log);
      return true;
    }
    checkMemory(code);
    if (code == AVERROR_EOF) return false;
    if (code == AVERROR(EAGAIN)) {
      if (draining_) return false;
      sendPacket();
    } else {
      damage_ = log.reason(code);
    }
  }
}

// The packet's number takes the place of its pts in the decoder, so that each frame carries the number of its
// packet whatever the display order, also where the container has few timestamps.
void VideoDecoder::sendPacket() {
  const LibavLog log;
  std::int64_t number = 0;
  int code = 0;
  if (demuxer_.next(*packet_, number)) {
    inFlight_[number] = {fingerprintOf(*packet_), packet_->duration};
    inFlight_.erase(inFlight_.begin(), inFlight_.lower_bound(number - maxDecoderDelay));
    packet_->pts = number;
    code = avcodec_send_packet(codec_.get(), packet_.get());
  } else {
    draining_ = true;
    code = avcodec_send_packet(codec_.get(), nullptr);
  }
  checkMemory(code);
  if (code < 0 && code != AVERROR_EOF) damage_ = log.reason(code);
}

void VideoDecoder::setPacketInfo(DecodedFrame& decoded, const LibavLog& log) {
  const AVFrame& frame = *decoded.frame;
  decoded.packet = frame.pts;
  const auto info = inFlight_.find(frame.pts);
  decoded.fingerprint = info == inFlight_.end() ? PacketFingerprint{} : info->second.fingerprint;
  decoded.duration = info == inFlight_.end() ? 0 : info->second.duration;
  if (info != inFlight_.end()) inFlight_.erase(info);
  // Containers without pts (AVI) have one dts per frame, in display order.
  decoded.time = decoded.fingerprint.pts != AV_NOPTS_VALUE ? decoded.fingerprint.pts : frame.pkt_dts;
  if (isDamaged(frame)) damage_ = log.reason(AVERROR_INVALIDDATA);
}

bool VideoDecoder::seek(const KeyPacket& key) {
  avcodec_flush_buffers(codec_.get());
  inFlight_.clear();
  draining_ = false;
  return demuxer_.seek(key);
}

}  // namespace cut::trainer
