// SPDX-License-Identifier: MIT
#include "trainer/translate/translate.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iomanip>
#include <limits>
#include <optional>
#include <sstream>

#include "cuttranslate/error.hpp"
#include "trainer/data/image_file.hpp"
#include "trainer/translate/image_writer.hpp"
#include "trainer/translate/picture_translator.hpp"
#include "trainer/translate/progress_line.hpp"
#include "trainer/translate/translation_jobs.hpp"
#include "trainer/translate/video_sink.hpp"
#include "trainer/translate/video_source.hpp"

namespace cut::trainer {
namespace {

std::string counted(std::int64_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string sizeText(int width, int height) {
  return std::to_string(width) + " x " + std::to_string(height);
}

std::string textOf(double number) {
  std::ostringstream text;
  text << std::setprecision(6) << number;
  return text.str();
}

// The result of `read`, or nothing and the reason. Errors that are not the input's (out of memory, internal)
// are rethrown.
template <typename Read>
auto tryRead(std::string& reason, Read read) -> std::optional<decltype(read())> {
  try {
    return read();
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::outOfMemory || error.kind() == ErrorKind::internal) throw;
    reason = error.what();
    return {};
  }
}

// Frame count, and rate with its variation.
class FrameRateStats {
 public:
  explicit FrameRateStats(const VideoFormat& format) : unit_(av_q2d(format.timeBase)) {}

  void add(std::int64_t duration) {
    ++frames_;
    shortest_ = std::min(shortest_, duration);
    longest_ = std::max(longest_, duration);
    sum_ += duration;
  }

  std::int64_t frames() const noexcept { return frames_; }

  // Containers with times in milliseconds round durations, which is no variable rate.
  std::string text() const {
    const double spread = static_cast<double>(longest_ - shortest_);
    const bool varies = spread > 2 && spread * unit_ > 0.0025;
    const double rate = static_cast<double>(frames_) / (static_cast<double>(sum_) * unit_);
    return counted(frames_, "frame") + ", " + textOf(std::round(rate * 100) / 100) + " per second" +
           (varies ? " on average (variable)" : "");
  }

 private:
  double unit_;
  std::int64_t frames_ = 0;
  std::int64_t shortest_ = std::numeric_limits<std::int64_t>::max();
  std::int64_t longest_ = 0;
  std::int64_t sum_ = 0;
};

class Translation {
 public:
  Translation(const TranslateOptions& options, std::vector<Job> jobs, ProgressLine& progress)
      : translator_(options.model, options.engine),
        orientation_(exifOrientation(options)),
        jobs_(std::move(jobs)),
        progress_(progress) {
    const ActiveEngine& active = translator_.model().active();
    progress_.notice(options.model.string() + ": " + translator_.model().info().spec.text() + "; " +
                     active.engine + " on " + active.device + " in " + active.precision);
    if (!active.notice.empty()) progress_.notice(active.notice);
  }

  TranslateResult run() {
    for (const Job& job : jobs_) {
      ++started_;
      if (job.kind == Job::Kind::image)
        image(job);
      else
        video(job);
    }
    return std::move(result_);
  }

 private:
  void skip(const std::string& reason) {
    progress_.notice("skipped: " + reason);
    result_.skipped.push_back(reason);
  }

  std::string position(const Job& job) const {
    return std::to_string(started_) + " of " + std::to_string(jobs_.size()) + ": " + job.input.string();
  }

  void image(const Job& job) {
    progress_.show(position(job));
    std::string reason;
    const auto picture = tryRead(reason, [&] { return readImage(job.input, orientation_); });
    if (!picture) return skip(reason);
    createFolder(job.output.parent_path());
    writeImage(job.output, translator_(*picture));
    ++result_.images;
  }

  void video(const Job& job) {
    std::string reason;
    const auto source = tryRead(reason, [&] { return std::make_unique<VideoSource>(job.input); });
    if (!source) return skip(reason);
    std::optional<VideoFrame> frame;
    const auto next = [&] {
      frame = tryRead(reason, [&] { return (*source)->next(); }).value_or(std::nullopt);
    };
    next();
    if (!frame) return skip(reason);
    createFolder(job.output.parent_path());
    VideoSink sink(job.output, frame->picture.width, frame->picture.height, (*source)->format(), job.input);
    const std::int64_t declared = (*source)->declaredFrames();
    FrameRateStats times((*source)->format());
    const std::array size{frame->picture.width, frame->picture.height};
    for (; frame; next()) {
      if (size != std::array{frame->picture.width, frame->picture.height}) {
        reason = "the frames change their size from " + sizeText(size[0], size[1]) + " to " +
                 sizeText(frame->picture.width, frame->picture.height);
        break;
      }
      sink.write(translator_(frame->picture), frame->time, frame->duration);
      times.add(frame->duration);
      progress_.show(position(job) + ", frame " + std::to_string(times.frames()) +
                     (declared >= times.frames() ? " of " + std::to_string(declared) : ""));
    }
    sink.commit();
    progress_.notice(job.output.string() + ": " + times.text() + ", " + sink.codec() + ", " + sink.notes());
    ++result_.videos;
    result_.frames += times.frames();
    if (reason.empty()) reason = (*source)->damage();
    if (!reason.empty())
      skip(job.input.string() + ": not read to its end: " + reason + "; " + counted(times.frames(), "frame") +
           " translated");
  }

  PictureTranslator translator_;
  ExifOrientation orientation_;
  std::vector<Job> jobs_;
  ProgressLine& progress_;
  std::size_t started_ = 0;
  TranslateResult result_;
};

}  // namespace

std::string TranslateResult::text() const {
  std::string text;
  if (images > 0 || videos == 0) text = counted(images, "image");
  if (videos > 0)
    text += (text.empty() ? "" : ", ") + counted(videos, "video") + " of " + counted(frames, "frame");
  if (!skipped.empty()) text += "; " + std::to_string(skipped.size()) + " skipped";
  return text;
}

TranslateResult translate(const TranslateOptions& options, std::ostream& progress, int descriptor) {
  std::vector<Job> jobs =
      planJobs({.input = options.input, .output = options.output, .overwrite = options.overwrite});
  ProgressLine line(progress, descriptor);
  TranslateResult result = Translation(options, std::move(jobs), line).run();
  if (result.images + result.videos == 0)
    throw Error(ErrorKind::wrongFile, "nothing was translated: " + result.skipped.back());
  line.notice("translated " + result.text());
  return result;
}

}  // namespace cut::trainer
