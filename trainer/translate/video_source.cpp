#include "trainer/translate/video_source.hpp"

#include <algorithm>
#include <utility>

#include "cuttranslate/error.hpp"
#include "trainer/data/video_frame.hpp"

namespace cut::trainer {
namespace {

constexpr AVRational rateWhereNoneIsStated{25, 1};

std::string subsampling(const AVPixFmtDescriptor& format) {
  if ((format.flags & AV_PIX_FMT_FLAG_RGB) != 0) return "RGB";
  const int across = format.log2_chroma_w;
  const int down = format.log2_chroma_h;
  if (format.nb_components < 3 || (across == 1 && down == 1)) return {};
  if (across == 0) return down == 0 ? "4:4:4" : "4:4:0";
  if (across == 1) return "4:2:2";
  return down == 0 ? "4:1:1" : "4:1:0";
}

// What a frame of 8-bit 4:2:0 does not hold.
std::string beyondYuv420(const AVFrame& frame) {
  const AVPixFmtDescriptor& format = *av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  std::string text = subsampling(format);
  const auto add = [&](const std::string& more) { text += (text.empty() ? "" : ", ") + more; };
  if (format.comp[0].depth > 8) add(std::to_string(format.comp[0].depth) + " bits");
  if ((format.flags & AV_PIX_FMT_FLAG_ALPHA) != 0) add("alpha");
  return text;
}

}  // namespace

VideoSource::VideoSource(const std::filesystem::path& path) : decoder_(path, 0), name_(path.string()) {
  advance();
  if (!advance())
    throw Error(ErrorKind::wrongFile, name_ + ": expected a video with frames that can be decoded" +
                                          (damage().empty() ? "" : ": " + damage()));
  format_ = describe();
  const std::int64_t start = decoder_.demuxer().input().start_time;
  if (start != AV_NOPTS_VALUE) shift_ = -av_rescale_q(start, AVRational{1, AV_TIME_BASE}, format_.timeBase);
}

std::int64_t VideoSource::statedFrames() const noexcept {
  return std::max<std::int64_t>(decoder_.demuxer().stream().nb_frames, 0);
}

// One frame ahead is decoded, which deinterlacing and the duration of a frame need.
bool VideoSource::advance() {
  before_ = std::move(frame_);
  frame_ = std::move(after_);
  after_ = {};
  if (!decoder_.next(after_)) after_ = {};
  return frame_.frame != nullptr;
}

VideoFormat VideoSource::describe() const {
  const AVStream& stream = decoder_.demuxer().stream();
  const AVFrame& frame = *frame_.frame;
  VideoFormat format;
  format.timeBase = stream.time_base;
  format.colours = coloursOf(frame, name_);
  format.primaries = frame.color_primaries;
  format.transfer = frame.color_trc;
  format.samples = beyondYuv420(frame);
  format.framesPerSecond = stream.avg_frame_rate.num > 0 ? stream.avg_frame_rate : stream.r_frame_rate;
  if (format.framesPerSecond.num <= 0 || format.framesPerSecond.den <= 0)
    format.framesPerSecond = rateWhereNoneIsStated;
  // A container's wins over the codec's.
  format.sampleAspect =
      stream.sample_aspect_ratio.num > 0 ? stream.sample_aspect_ratio : frame.sample_aspect_ratio;
  if (orientationOf(frame, stream, name_).transposed && format.sampleAspect.num > 0)
    std::swap(format.sampleAspect.num, format.sampleAspect.den);
  return format;
}

std::int64_t VideoSource::usualDuration() const {
  const std::int64_t usual = av_rescale_q(1, av_inv_q(format_.framesPerSecond), format_.timeBase);
  return std::max<std::int64_t>(usual, 1);
}

// With B-frames the durations of packets are those of decoding; the track's tells when the last frame ends.
std::int64_t VideoSource::lastDuration() const {
  const AVStream& stream = decoder_.demuxer().stream();
  if (stream.duration <= 0 || stream.start_time == AV_NOPTS_VALUE || !damage().empty())
    return frame_.duration;
  const std::int64_t rest = stream.start_time + stream.duration - frame_.time;
  return rest > 0 ? rest : frame_.duration;
}

Picture VideoSource::picture() {
  const AVFrame& frame = *frame_.frame;
  const Orientation orientation = orientationOf(frame, decoder_.demuxer().stream(), name_);
  if (!isInterlaced(frame)) return oriented(toPicture(frame, name_), orientation);
  const FramePtr whole = deinterlaced(before_.frame.get(), frame, after_.frame.get());
  return oriented(toPicture(*whole, name_), orientation);
}

// A stream whose times go back (two recordings in one file) goes on where it was.
std::int64_t VideoSource::settleTime() {
  const bool first = !before_.frame;
  if (frame_.time == AV_NOPTS_VALUE) frame_.time = end_ - shift_;
  if (!first && frame_.time <= before_.time) shift_ = end_ - frame_.time;
  return frame_.time + shift_;
}

void VideoSource::settleDuration() {
  if (frame_.duration <= 0) frame_.duration = usualDuration();
  if (!after_.frame)
    frame_.duration = lastDuration();
  else if (after_.time != AV_NOPTS_VALUE && after_.time > frame_.time)
    frame_.duration = after_.time - frame_.time;
}

std::optional<VideoFrame> VideoSource::next() {
  if (!frame_.frame) return {};
  const std::int64_t time = settleTime();
  settleDuration();
  end_ = time + frame_.duration;
  VideoFrame shown{picture(), time, frame_.duration};
  advance();
  return shown;
}

}  // namespace cut::trainer
