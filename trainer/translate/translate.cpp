#include "trainer/translate/translate.hpp"

#include <iomanip>
#include <optional>
#include <sstream>

#include "cut/error.hpp"
#include "trainer/data/image_file.hpp"
#include "trainer/options/configuration.hpp"
#include "trainer/translate/picture_file.hpp"
#include "trainer/translate/picture_translator.hpp"
#include "trainer/translate/plan.hpp"
#include "trainer/translate/progress_line.hpp"
#include "trainer/translate/video_file.hpp"

namespace cut::trainer {
namespace {

std::string counted(std::int64_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string textOf(double number) {
  std::ostringstream text;
  text << std::setprecision(6) << number;
  return text.str();
}

// What reading threw; nothing where it worked. What is wrong with the machine is no reason to go on.
template <typename Read>
auto readOrReason(std::string& reason, Read read) -> std::optional<decltype(read())> {
  try {
    return read();
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::outOfMemory || error.kind() == ErrorKind::internal) throw;
    reason = error.what();
    return {};
  }
}

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
    return std::to_string(started_) + " of " + std::to_string(jobs_.size()) + ": " + job.from.string();
  }

  void image(const Job& job) {
    progress_.show(position(job));
    std::string reason;
    const auto picture = readOrReason(reason, [&] { return readImage(job.from, orientation_); });
    if (!picture) return skip(reason);
    makeFolder(job.to.parent_path());
    writePicture(job.to, translator_(*picture));
    ++result_.images;
  }

  void video(const Job& job) {
    std::string reason;
    const auto source = readOrReason(reason, [&] { return std::make_unique<VideoSource>(job.from); });
    if (!source) return skip(reason);
    std::optional<Picture> frame = (*source)->next();
    if (!frame) return skip(job.from.string() + ": expected a video with frames that can be decoded");
    makeFolder(job.to.parent_path());
    VideoSink sink(job.to, frame->width, frame->height, (*source)->framesPerSecond());
    const std::int64_t stated = (*source)->statedFrames();
    std::int64_t frames = 0;
    for (; frame; frame = (*source)->next()) {
      sink.write(translator_(*frame));
      progress_.show(position(job) + ", frame " + std::to_string(++frames) +
                     (stated > 0 ? " of " + std::to_string(stated) : ""));
    }
    sink.keep();
    progress_.notice(job.to.string() + ": " + counted(frames, "frame") + ", " +
                     textOf((*source)->framesPerSecond()) + " per second, " + sink.codec() + ", no sound");
    ++result_.videos;
    result_.frames += frames;
    // Containers without an index only guess their length.
    constexpr std::int64_t guess = 2;
    if (frames + guess < stated)
      skip(job.from.string() + ": only " + std::to_string(frames) + " of " + std::to_string(stated) +
           " frames can be decoded; these were translated");
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
      planTranslation({.input = options.input, .output = options.output, .overwrite = options.overwrite});
  ProgressLine line(progress, descriptor);
  TranslateResult result = Translation(options, std::move(jobs), line).run();
  if (result.images + result.videos == 0)
    throw Error(ErrorKind::wrongFile, "nothing was translated: " + result.skipped.back());
  line.notice("translated " + result.text());
  return result;
}

}  // namespace cut::trainer
