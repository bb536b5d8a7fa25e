#include "trainer/data/video.hpp"

#include <algorithm>
#include <deque>
#include <mutex>
#include <opencv2/core.hpp>
#include <opencv2/videoio.hpp>
#include <string>
#include <utility>

#include "cut/error.hpp"

namespace cut::trainer {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t maxIdle = 8;  // open decoders; a 1080p decoder holds some 50 MB

// FFmpeg by name: OpenCV would try GStreamer too, and its frame numbers are times.
cv::VideoCapture open(const fs::path& path) {
  cv::VideoCapture video;
  if (!video.open(path.string(), cv::CAP_FFMPEG))
    throw Error(ErrorKind::wrongFile, path.string() + ": expected a video that FFmpeg can decode");
  const double pixels = video.get(cv::CAP_PROP_FRAME_WIDTH) * video.get(cv::CAP_PROP_FRAME_HEIGHT);
  if (!(pixels <= static_cast<double>(maxPixels)))
    throw Error(ErrorKind::wrongFile,
                path.string() + ": expected frames of at most " + std::to_string(maxPixels) + " pixels");
  return video;
}

Picture toPicture(const cv::Mat& bgr) {
  Picture picture(bgr.cols, bgr.rows, 3);
  for (int y = 0; y < picture.height; ++y) {
    const std::uint8_t* from = bgr.ptr<std::uint8_t>(y);
    std::uint8_t* to = picture.row(y);
    for (int x = 0; x < picture.width; ++x, from += 3, to += 3) std::reverse_copy(from, from + 3, to);
  }
  return picture;
}

}  // namespace

std::int64_t countFrames(const fs::path& path) {
  cv::VideoCapture video = open(path);
  const double stated = video.get(cv::CAP_PROP_FRAME_COUNT);
  // Streams without an index state nothing, or a guess that is no number.
  if (stated >= 1 && stated < 1e12) return static_cast<std::int64_t>(stated);
  std::int64_t frames = 0;
  while (video.grab()) ++frames;
  if (frames == 0) throw Error(ErrorKind::wrongFile, path.string() + ": the video has no frames");
  return frames;
}

class VideoReader::Decoders {
 public:
  cv::VideoCapture take(const fs::path& path) {
    {
      const std::lock_guard lock(mutex_);
      const auto found =
          std::find_if(idle_.begin(), idle_.end(), [&](const auto& entry) { return entry.first == path; });
      if (found != idle_.end()) {
        cv::VideoCapture video = found->second;
        idle_.erase(found);
        return video;
      }
    }
    return open(path);
  }

  void giveBack(const fs::path& path, const cv::VideoCapture& video) {
    const std::lock_guard lock(mutex_);
    idle_.emplace_back(path, video);
    if (idle_.size() > maxIdle) idle_.pop_front();
  }

 private:
  std::mutex mutex_;                                        // guards idle_
  std::deque<std::pair<fs::path, cv::VideoCapture>> idle_;  // copies share one decoder
};

VideoReader::VideoReader() : decoders_(std::make_unique<Decoders>()) {}
VideoReader::~VideoReader() = default;

Picture VideoReader::read(const fs::path& path, std::int64_t frame) {
  cv::VideoCapture video = decoders_->take(path);
  cv::Mat image;
  try {
    video.set(cv::CAP_PROP_POS_FRAMES, static_cast<double>(frame));
    if (!video.read(image)) image.release();
  } catch (const cv::Exception&) {
    image.release();
  }
  if (image.empty() || image.type() != CV_8UC3)
    throw Error(ErrorKind::wrongFile,
                path.string() + ": frame " + std::to_string(frame) + " cannot be decoded");
  Picture picture = toPicture(image);
  decoders_->giveBack(path, video);
  return picture;
}

}  // namespace cut::trainer
