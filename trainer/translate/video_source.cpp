// SPDX-License-Identifier: MIT
#include "trainer/translate/video_source.hpp"

#include <algorithm>
#include <utility>

#include "cuttranslate/error.hpp"
#include "trainer/data/frame_filters.hpp"

namespace cut::trainer {
namespace {

constexpr AVRational defaultRate{25, 1};

std::string subsampling(const AVPixFmtDescriptor& format) {
  if ((format.flags & AV_PIX_FMT_FLAG_RGB) != 0) return "RGB";
  const int chromaW = format.log2_chroma_w;
  const int chromaH = format.log2_chroma_h;
  if (format.nb_components < 3 || (chromaW == 1 && chromaH == 1)) return {};
  if (chromaW == 0) return chromaH == 0 ? "4:4:4" : "4:4:0";
  if (chromaW == 1) return "4:2:2";
  return chromaH == 0 ? "4:1:1" : "4:1:0";
}

// Properties that conversion to 8-bit 4:2:0 loses.
std::string lostInYuv420(const AVFrame& frame) {
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
  if (start != AV_NOPTS_VALUE)
    timeOffset_ = -av_rescale_q(start, AVRational{1, AV_TIME_BASE}, format_.timeBase);
}

std::int64_t VideoSource::declaredFrames() const noexcept {
  return std::max<std::int64_t>(decoder_.demuxer().stream().nb_frames, 0);
}

// Decodes one frame ahead, which deinterlacing and the duration of a frame need.
bool VideoSource::advance() {
  previous_ = std::move(current_);
  current_ = std::move(next_);
  next_ = {};
  if (!decoder_.next(next_)) next_ = {};
  return current_.frame != nullptr;
}

VideoFormat VideoSource::describe() const {
  const AVStream& stream = decoder_.demuxer().stream();
  const AVFrame& frame = *current_.frame;
  VideoFormat format;
  format.timeBase = stream.time_base;
  format.colours = coloursOf(frame, name_);
  format.primaries = frame.color_primaries;
  format.transfer = frame.color_trc;
  format.lostSamples = lostInYuv420(frame);
  format.framesPerSecond = stream.avg_frame_rate.num > 0 ? stream.avg_frame_rate : stream.r_frame_rate;
  if (format.framesPerSecond.num <= 0 || format.framesPerSecond.den <= 0)
    format.framesPerSecond = defaultRate;
  // The container's value takes precedence over the codec's.
  format.sampleAspect =
      stream.sample_aspect_ratio.num > 0 ? stream.sample_aspect_ratio : frame.sample_aspect_ratio;
  if (orientationOf(frame, stream, name_).transposed && format.sampleAspect.num > 0)
    std::swap(format.sampleAspect.num, format.sampleAspect.den);
  return format;
}

std::int64_t VideoSource::nominalDuration() const {
  const std::int64_t nominal = av_rescale_q(1, av_inv_q(format_.framesPerSecond), format_.timeBase);
  return std::max<std::int64_t>(nominal, 1);
}

// With B-frames, packet durations are in decoding order; the last frame ends with the stream.
std::int64_t VideoSource::lastDuration() const {
  const AVStream& stream = decoder_.demuxer().stream();
  if (stream.duration <= 0 || stream.start_time == AV_NOPTS_VALUE || !damage().empty())
    return current_.duration;
  const std::int64_t rest = stream.start_time + stream.duration - current_.time;
  return rest > 0 ? rest : current_.duration;
}

Picture VideoSource::picture() {
  const AVFrame& frame = *current_.frame;
  const Orientation orientation = orientationOf(frame, decoder_.demuxer().stream(), name_);
  if (!isInterlaced(frame)) return oriented(toPicture(frame, name_), orientation);
  const FramePtr progressive = deinterlaced(previous_.frame.get(), frame, next_.frame.get());
  return oriented(toPicture(*progressive, name_), orientation);
}

// Where timestamps go back (two recordings in one file), the offset is adjusted so that output continues.
std::int64_t VideoSource::outputTime() {
  const bool first = !previous_.frame;
  if (current_.time == AV_NOPTS_VALUE) current_.time = end_ - timeOffset_;
  if (!first && current_.time <= previous_.time) timeOffset_ = end_ - current_.time;
  return current_.time + timeOffset_;
}

void VideoSource::setDuration() {
  if (current_.duration <= 0) current_.duration = nominalDuration();
  if (!next_.frame)
    current_.duration = lastDuration();
  else if (next_.time != AV_NOPTS_VALUE && next_.time > current_.time)
    current_.duration = next_.time - current_.time;
}

std::optional<VideoFrame> VideoSource::next() {
  if (!current_.frame) return {};
  const std::int64_t time = outputTime();
  setDuration();
  end_ = time + current_.duration;
  VideoFrame shown{picture(), time, current_.duration};
  advance();
  return shown;
}

}  // namespace cut::trainer
