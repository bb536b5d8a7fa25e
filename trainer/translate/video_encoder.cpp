// SPDX-License-Identifier: MIT
#include "trainer/translate/video_encoder.hpp"

extern "C" {
#include <libavutil/opt.h>
}

#include <algorithm>
#include <memory>

#include "cuttranslate/error.hpp"
#include "trainer/data/image_file.hpp"

namespace cut::trainer {
namespace {

VideoCodec h264() {
  return {"H.264", {"libx264", "libopenh264"}, AV_PIX_FMT_YUV420P, true, false, {{"crf", "23"}}};
}

// global_quality 354 and 236 are qscale 3 and 2 (times FF_QP2LAMBDA, 118) of 31, nearly indistinguishable
// from the source.
VideoCodec mpeg4() {
  return {"MPEG-4 part 2",
          {"mpeg4"},
          AV_PIX_FMT_YUV420P,
          true,
          false,
          {{"flags", "+qscale"}, {"global_quality", "354"}}};
}

VideoCodec motionJpeg() {
  return {"Motion JPEG", {"mjpeg"}, AV_PIX_FMT_YUVJ420P,
          false,         true,      {{"flags", "+qscale"}, {"global_quality", "236"}}};
}

VideoCodec vp9() {
  return {"VP9",
          {"libvpx-vp9"},
          AV_PIX_FMT_YUV420P,
          false,
          false,
          {{"crf", "24"}, {"b", "0"}, {"deadline", "good"}, {"cpu-used", "4"}, {"row-mt", "1"}}};
}

VideoCodec vp8() {
  return {"VP8", {"libvpx"}, AV_PIX_FMT_YUV420P,
          false, false,      {{"crf", "10"}, {"b", "8M"}, {"deadline", "good"}, {"cpu-used", "4"}}};
}

const std::vector<VideoContainer>& writableContainers() {
  static const std::vector<VideoContainer> all{
      {".mp4", "mp4", false, {h264(), mpeg4()}}, {".m4v", "mp4", false, {h264(), mpeg4()}},
      {".mov", "mov", false, {h264(), mpeg4()}}, {".mkv", "matroska", false, {h264()}},
      {".webm", "webm", false, {vp9(), vp8()}},  {".avi", "avi", true, {motionJpeg()}}};
  return all;
}

// MPEG-4 part 2 has a 16-bit denominator of the time base.
constexpr int maxMpeg4TimeBase = 65535;

struct ColourTags {
  AVColorPrimaries primaries;
  AVColorTransferCharacteristic transfer;
};

// For untagged videos, the tags that belong to their matrix.
ColourTags defaultTags(AVColorSpace matrix) {
  switch (matrix) {
    case AVCOL_SPC_BT709:
      return {AVCOL_PRI_BT709, AVCOL_TRC_BT709};
    case AVCOL_SPC_BT470BG:
      return {AVCOL_PRI_BT470BG, AVCOL_TRC_SMPTE170M};
    case AVCOL_SPC_BT2020_NCL:
      return {AVCOL_PRI_BT2020, AVCOL_TRC_BT2020_10};
    case AVCOL_SPC_SMPTE240M:
      return {AVCOL_PRI_SMPTE240M, AVCOL_TRC_SMPTE240M};
    case AVCOL_SPC_FCC:
      return {AVCOL_PRI_BT470M, AVCOL_TRC_GAMMA22};
    default:
      return {AVCOL_PRI_SMPTE170M, AVCOL_TRC_SMPTE170M};
  }
}

// The source's matrix, except where the codec prescribes one.
VideoColours coloursFor(const VideoCodec& codec, const VideoFormat& format, int height) {
  if (codec.jpegColour) return {AVCOL_SPC_BT470BG, true, AVCHROMA_LOC_CENTER};
  AVColorSpace matrix = format.colours.matrix;
  if (matrix == AVCOL_SPC_RGB) matrix = matrixByHeight(height);
  return {matrix, false, AVCHROMA_LOC_LEFT};
}

void setColours(AVCodecContext& context, const VideoColours& colours, const VideoFormat& format) {
  const ColourTags defaults = defaultTags(colours.matrix);
  context.colorspace = colours.matrix;
  context.color_range = colours.fullRange ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
  context.chroma_sample_location = colours.site;
  context.color_primaries = format.primaries == AVCOL_PRI_UNSPECIFIED ? defaults.primaries : format.primaries;
  context.color_trc = format.transfer == AVCOL_TRC_UNSPECIFIED ? defaults.transfer : format.transfer;
}

}  // namespace

const VideoContainer* containerOf(const std::filesystem::path& path) {
  const std::string suffix = lowerCaseSuffix(path);
  const auto found =
      std::find_if(writableContainers().begin(), writableContainers().end(),
                   [&](const VideoContainer& container) { return container.suffix == suffix; });
  return found == writableContainers().end() ? nullptr : &*found;
}

bool isWritableVideoName(const std::filesystem::path& path) {
  return containerOf(path) != nullptr;
}

bool VideoEncoder::open(const VideoCodec& codec, int width, int height, const VideoFormat& format,
                        bool globalHeader) {
  codec_ = &codec;
  reason_ = "FFmpeg was built without it";
  for (const char* encoder : codec.encoders)
    if (openWith(encoder, width, height, format, globalHeader)) return true;
  context_.reset();
  return false;
}

bool VideoEncoder::openWith(const char* encoder, int width, int height, const VideoFormat& format,
                            bool globalHeader) {
  const LibavLog log;
  const AVCodec* found = avcodec_find_encoder_by_name(encoder);
  if (!found) return false;
  context_.reset(avcodec_alloc_context3(found));
  if (!context_) throwOutOfMemory();
  context_->width = codec_->evenSizes ? (width + 1) / 2 * 2 : width;
  context_->height = codec_->evenSizes ? (height + 1) / 2 * 2 : height;
  context_->pix_fmt = codec_->pixelFormat;
  context_->time_base = format.timeBase;
  while (found->id == AV_CODEC_ID_MPEG4 && context_->time_base.den > maxMpeg4TimeBase)
    context_->time_base.den /= 2;
  context_->framerate = format.framesPerSecond;
  context_->sample_aspect_ratio = format.sampleAspect;
  colours_ = coloursFor(*codec_, format, height);
  setColours(*context_, colours_, format);
  if (globalHeader) context_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  for (const auto& [name, value] : codec_->options)
    av_opt_set(context_.get(), name, value, AV_OPT_SEARCH_CHILDREN);
  const int code = avcodec_open2(context_.get(), found, nullptr);
  checkMemory(code);
  if (code < 0) reason_ = log.reason(code);
  return code >= 0;
}

void VideoEncoder::send(const Picture& picture, std::int64_t time, std::int64_t duration) {
  const LibavLog log;
  const FramePtr frame = toYuv420(picture, context_->width, context_->height, colours_);
  frame->format = context_->pix_fmt;
  frame->pts = time;
  frame->sample_aspect_ratio = context_->sample_aspect_ratio;
  frame->color_primaries = context_->color_primaries;
  frame->color_trc = context_->color_trc;
  // In constant-quality mode the encoder reads the quality from the frame.
  frame->quality = context_->global_quality;
  durations_[time] = duration;
  const int code = avcodec_send_frame(context_.get(), frame.get());
  checkMemory(code);
  if (code < 0) throw Error(ErrorKind::internal, "FFmpeg cannot encode a frame: " + log.reason(code));
}

void VideoEncoder::finish() {
  avcodec_send_frame(context_.get(), nullptr);
}

bool VideoEncoder::receive(AVPacket& packet) {
  const LibavLog log;
  const int code = avcodec_receive_packet(context_.get(), &packet);
  checkMemory(code);
  if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return false;
  if (code < 0) throw Error(ErrorKind::internal, "FFmpeg cannot encode a frame: " + log.reason(code));
  const auto duration = durations_.find(packet.pts);
  if (duration == durations_.end()) return true;
  packet.duration = duration->second;
  durations_.erase(duration);
  return true;
}

}  // namespace cut::trainer
