#include "trainer/data/video_decoder.hpp"

#include "cuttranslate/error.hpp"
#include "trainer/data/picture.hpp"

namespace cut::trainer {
namespace {

// More than any codec holds back; what lies further behind gave no frame.
constexpr std::int64_t mostInDecoder = 256;

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

VideoDecoder::VideoDecoder(const std::filesystem::path& path, int threads)
    : demuxer_(path), codec_(openDecoder(demuxer_, threads)) {}

bool VideoDecoder::next(DecodedFrame& decoded) {
  const LibavLog log;
  decoded.frame = newFrame();
  while (true) {
    const int code = avcodec_receive_frame(codec_.get(), decoded.frame.get());
    if (code >= 0) {
      describe(decoded, log);
      return true;
    }
    checkMemory(code);
    if (code == AVERROR_EOF) return false;
    if (code == AVERROR(EAGAIN)) {
      if (drained_) return false;
      send();
    } else {
      damage_ = log.reason(code);
    }
  }
}

// A packet's pts becomes its number while it is in the decoder: frames then tell exactly where they come
// from, whatever order they leave in and however few times a container has.
void VideoDecoder::send() {
  const LibavLog log;
  std::int64_t number = 0;
  int code = 0;
  if (demuxer_.next(*packet_, number)) {
    stamps_[number] = {markOf(*packet_), packet_->duration};
    stamps_.erase(stamps_.begin(), stamps_.lower_bound(number - mostInDecoder));
    packet_->pts = number;
    code = avcodec_send_packet(codec_.get(), packet_.get());
  } else {
    drained_ = true;
    code = avcodec_send_packet(codec_.get(), nullptr);
  }
  checkMemory(code);
  if (code < 0 && code != AVERROR_EOF) damage_ = log.reason(code);
}

void VideoDecoder::describe(DecodedFrame& decoded, const LibavLog& log) {
  const AVFrame& frame = *decoded.frame;
  decoded.packet = frame.pts;
  const auto stamp = stamps_.find(frame.pts);
  decoded.mark = stamp == stamps_.end() ? PacketMark{} : stamp->second.mark;
  decoded.duration = stamp == stamps_.end() ? 0 : stamp->second.duration;
  if (stamp != stamps_.end()) stamps_.erase(stamp);
  // Containers without times of presentation (AVI) have those of decoding, one for each frame in turn.
  decoded.time = decoded.mark.pts != AV_NOPTS_VALUE ? decoded.mark.pts : frame.pkt_dts;
  if (isDamaged(frame)) damage_ = log.reason(AVERROR_INVALIDDATA);
}

bool VideoDecoder::startAt(const KeyPacket& key) {
  avcodec_flush_buffers(codec_.get());
  stamps_.clear();
  drained_ = false;
  return demuxer_.startAt(key);
}

}  // namespace cut::trainer
