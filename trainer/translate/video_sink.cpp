// SPDX-License-Identifier: MIT
#include "trainer/translate/video_sink.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cmath>
#include <limits>
#include <optional>
#include <system_error>

#include "cuttranslate/error.hpp"
#include "trainer/translate/audio_streams.hpp"
#include "trainer/translate/video_encoder.hpp"

namespace cut::trainer {
namespace {

namespace fs = std::filesystem;

constexpr AVRational microseconds{1, AV_TIME_BASE};

struct CloseOutput {
  void operator()(AVFormatContext* output) const noexcept {
    avio_closep(&output->pb);
    avformat_free_context(output);
  }
};
using OutputPtr = std::unique_ptr<AVFormatContext, CloseOutput>;

fs::path temporaryName(const fs::path& path) {
  return path.parent_path() /
         ("." + path.stem().string() + "." + std::to_string(::getpid()) + ".tmp" + path.extension().string());
}

const VideoContainer& requireContainer(const fs::path& path) {
  if (const VideoContainer* container = containerOf(path)) return *container;
  throw Error(ErrorKind::invalidArgument,
              path.string() + ": expected a name that ends in mp4, m4v, mov, mkv, webm or avi");
}

// O_EXCL and O_NOFOLLOW, so that nothing is written through a link.
void createFile(const fs::path& temporary, const fs::path& path) {
  const int descriptor =
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (descriptor < 0)
    throw Error(ErrorKind::io,
                path.string() + ": cannot be written: " + std::generic_category().message(errno));
  ::close(descriptor);
}

// Removes the file at the end, unless it was renamed.
class TemporaryFile {
 public:
  explicit TemporaryFile(const fs::path& path) : path_(temporaryName(path)) { createFile(path_, path); }
  ~TemporaryFile() {
    std::error_code ignored;
    fs::remove(path_, ignored);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const fs::path& path() const noexcept { return path_; }

 private:
  fs::path path_;
};

}  // namespace

class VideoSink::File {
 public:
  File(const fs::path& path, int width, int height, const VideoFormat& format, const fs::path& audio)
      : path_(path),
        container_(requireContainer(path)),
        temporary_(path),
        width_(width),
        height_(height),
        format_(format),
        source_(format) {
    if (container_.constantRate) format_.timeBase = av_inv_q(format_.framesPerSecond);
    openEncoder();
    std::string reason;
    if (openOutput(audio, reason)) return;
    // A muxer may reject an audio stream although it supports the codec.
    std::string again;
    if (audio.empty() || !openOutput({}, again)) fail("cannot be written: " + reason);
    audioFailure_ = "sound not copied: " + reason;
  }

  const std::string& codec() const noexcept { return codecName_; }

  void write(const Picture& picture, std::int64_t time, std::int64_t duration) {
    if (picture.width != width_ || picture.height != height_)
      throw Error(ErrorKind::wrongFile, path_.string() + ": the video changes its size from " +
                                            std::to_string(width_) + " x " + std::to_string(height_) +
                                            " to " + std::to_string(picture.width) + " x " +
                                            std::to_string(picture.height));
    const AVRational& timeBase = encoder_.context().time_base;
    std::int64_t pts = av_rescale_q(time, source_.timeBase, timeBase);
    if (last_ && pts <= *last_) pts = *last_ + 1;
    last_ = pts;
    const double error =
        static_cast<double>(pts) * av_q2d(timeBase) - static_cast<double>(time) * av_q2d(source_.timeBase);
    maxTimeError_ = std::max(maxTimeError_, std::abs(error));
    encoder_.send(picture, pts,
                  std::max<std::int64_t>(av_rescale_q(duration, source_.timeBase, timeBase), 1));
    writePackets();
  }

  void commit() {
    encoder_.finish();
    writePackets();
    copyAudio(std::numeric_limits<std::int64_t>::max());
    const LibavLog log;
    int code = av_write_trailer(output_.get());
    const int closed = avio_closep(&output_->pb);
    if (code >= 0) code = closed;
    if (code < 0) fail("is incomplete: " + log.reason(code));
    std::error_code failure;
    fs::rename(temporary_.path(), path_, failure);
    if (failure) fail("cannot be written: " + failure.message());
  }

  std::string notes() const {
    std::string text = audioFailure_.empty() ? audio_->note() : audioFailure_;
    const AVCodecContext& codec = encoder_.context();
    if (codec.width != width_ || codec.height != height_)
      text += ", the last " + std::string(codec.width != width_ ? "column" : "row") +
              (codec.width != width_ && codec.height != height_ ? " and row" : "") + " twice (" + codecName_ +
              " has even sizes): " + std::to_string(codec.width) + " x " + std::to_string(codec.height);
    if (!format_.lostSamples.empty()) text += ", " + format_.lostSamples + " as 8 bits of 4:2:0";
    // Rounding alone costs half a unit.
    if (maxTimeError_ > 0.6 * av_q2d(source_.timeBase) && maxTimeError_ > reportedTimeError)
      text += ", frames shown up to " + std::to_string(std::lround(maxTimeError_ * 1000)) + " ms off, as " +
              container_.muxer + " has a constant rate";
    return text;
  }

 private:
  static constexpr double reportedTimeError = 0.002;  // seconds

  [[noreturn]] void fail(const std::string& reason) const {
    throw Error(ErrorKind::io, path_.string() + ": " + reason);
  }

  void openEncoder() {
    const AVOutputFormat* muxer = av_guess_format(container_.muxer, nullptr, nullptr);
    if (!muxer)
      throw Error(ErrorKind::unsupported, path_.string() + ": this FFmpeg writes no " + container_.suffix);
    const bool globalHeader = (muxer->flags & AVFMT_GLOBALHEADER) != 0;
    for (const VideoCodec& codec : container_.codecs) {
      if (!encoder_.open(codec, width_, height_, format_, globalHeader)) continue;
      codecName_ = codec.name;
      return;
    }
    throw Error(ErrorKind::unsupported, path_.string() + ": FFmpeg has no encoder for " + container_.suffix +
                                            " at " + std::to_string(width_) + " x " +
                                            std::to_string(height_) + " here (" + encoder_.reason() +
                                            "); .avi takes any");
  }

  bool openOutput(const fs::path& audio, std::string& reason) {
    const LibavLog log;
    AVFormatContext* made = nullptr;
    audio_.reset();
    checkMemory(avformat_alloc_output_context2(&made, nullptr, container_.muxer, nullptr));
    if (!made) fail("cannot be written: FFmpeg has no muxer " + std::string(container_.muxer));
    output_.reset(made);
    stream_ = avformat_new_stream(made, nullptr);
    if (!stream_) throwOutOfMemory();
    checkMemory(avcodec_parameters_from_context(stream_->codecpar, &encoder_.context()));
    stream_->time_base = encoder_.context().time_base;
    stream_->avg_frame_rate = format_.framesPerSecond;
    stream_->sample_aspect_ratio = format_.sampleAspect;
    audio_.emplace(audio, *made);
    int code = avio_open(&made->pb, ("file:" + temporary_.path().string()).c_str(), AVIO_FLAG_WRITE);
    if (code >= 0) code = avformat_write_header(made, nullptr);
    checkMemory(code);
    if (code < 0) reason = log.reason(code);
    return code >= 0;
  }

  void writePackets() {
    const LibavLog log;
    const PacketPtr packet = newPacket();
    while (encoder_.receive(*packet)) {
      copyAudio(av_rescale_q(packet->dts, encoder_.context().time_base, microseconds));
      av_packet_rescale_ts(packet.get(), encoder_.context().time_base, stream_->time_base);
      packet->stream_index = stream_->index;
      const int code = av_interleaved_write_frame(output_.get(), packet.get());
      checkMemory(code);
      if (code < 0) fail("is incomplete: " + log.reason(code));
    }
  }

  void copyAudio(std::int64_t time) {
    try {
      audio_->copyUntil(time);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::outOfMemory) throw;
      fail(std::string("is incomplete: ") + error.what());
    }
  }

  fs::path path_;
  const VideoContainer& container_;
  TemporaryFile temporary_;
  int width_;
  int height_;
  VideoFormat format_;
  VideoFormat source_;
  VideoEncoder encoder_;
  std::string codecName_;
  OutputPtr output_;
  AVStream* stream_ = nullptr;
  std::optional<AudioStreams> audio_;
  std::string audioFailure_;
  std::optional<std::int64_t> last_;  // pts of the last frame
  double maxTimeError_ = 0;           // of a frame in seconds
};

VideoSink::VideoSink(const fs::path& path, int width, int height, const VideoFormat& format,
                     const fs::path& audio)
    : file_(std::make_unique<File>(path, width, height, format, audio)) {}
VideoSink::~VideoSink() = default;

const std::string& VideoSink::codec() const noexcept {
  return file_->codec();
}

void VideoSink::write(const Picture& picture, std::int64_t time, std::int64_t duration) {
  file_->write(picture, time, duration);
}

void VideoSink::commit() {
  file_->commit();
}

std::string VideoSink::notes() const {
  return file_->notes();
}

}  // namespace cut::trainer
