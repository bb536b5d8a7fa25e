#include "trainer/translate/video_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/videoio.hpp>
#include <system_error>
#include <vector>

#include "cut/error.hpp"
#include "trainer/data/video.hpp"
#include "trainer/translate/matrix.hpp"

namespace cut::trainer {
namespace {

namespace fs = std::filesystem;

struct Codec {
  const char* name;
  std::array<char, 4> tag;
};

struct Container {
  const char* suffix;
  std::vector<Codec> codecs;  // the first that can be opened is taken
};

const std::vector<Container>& containers() {
  static const std::vector<Container> all{
      {".mp4", {{"H.264", {'a', 'v', 'c', '1'}}, {"MPEG-4 part 2", {'m', 'p', '4', 'v'}}}},
      {".m4v", {{"H.264", {'a', 'v', 'c', '1'}}, {"MPEG-4 part 2", {'m', 'p', '4', 'v'}}}},
      {".mov", {{"H.264", {'a', 'v', 'c', '1'}}, {"MPEG-4 part 2", {'m', 'p', '4', 'v'}}}},
      {".mkv", {{"H.264", {'H', '2', '6', '4'}}}},
      {".webm", {{"VP9", {'V', 'P', '9', '0'}}, {"VP8", {'V', 'P', '8', '0'}}}},
      {".avi", {{"Motion JPEG", {'M', 'J', 'P', 'G'}}}}};
  return all;
}

std::string lowerSuffix(const fs::path& path) {
  std::string suffix = path.extension().string();
  for (char& c : suffix)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return suffix;
}

const Container* containerOf(const fs::path& path) {
  const std::string suffix = lowerSuffix(path);
  const auto found = std::find_if(containers().begin(), containers().end(),
                                  [&](const Container& container) { return container.suffix == suffix; });
  return found == containers().end() ? nullptr : &*found;
}

// FFmpeg takes the container from the suffix, so that it must stay the last.
fs::path temporaryName(const fs::path& path) {
  return path.parent_path() /
         ("." + path.stem().string() + "." + std::to_string(::getpid()) + ".tmp" + path.extension().string());
}

// OpenCV tells no reason where it cannot open a file for writing.
void checkWritable(const fs::path& temporary, const fs::path& path) {
  const int descriptor =
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (descriptor < 0)
    throw Error(ErrorKind::unreadable,
                path.string() + ": cannot be written: " + std::generic_category().message(errno));
  ::close(descriptor);
}

}  // namespace

class VideoSource::Decoder {
 public:
  explicit Decoder(const fs::path& path) : path_(path) {
    if (!video_.open(path.string(), cv::CAP_FFMPEG))
      throw Error(ErrorKind::wrongFile, path.string() + ": expected a video that FFmpeg can decode");
    const double pixels = video_.get(cv::CAP_PROP_FRAME_WIDTH) * video_.get(cv::CAP_PROP_FRAME_HEIGHT);
    if (!(pixels <= static_cast<double>(maxPixels)))
      throw Error(ErrorKind::wrongFile,
                  path.string() + ": expected frames of at most " + std::to_string(maxPixels) + " pixels");
    framesPerSecond_ = video_.get(cv::CAP_PROP_FPS);
    if (!(framesPerSecond_ > 0 && framesPerSecond_ < 10000))
      throw Error(ErrorKind::wrongFile, path.string() + ": expected a video that states its frame rate");
    const double stated = video_.get(cv::CAP_PROP_FRAME_COUNT);
    if (stated >= 1 && stated < 1e12) statedFrames_ = static_cast<std::int64_t>(stated);
  }

  std::optional<Picture> next() {
    cv::Mat image;
    try {
      if (!video_.read(image)) return {};
    } catch (const cv::Exception&) {
      return {};
    }
    if (image.empty() || image.type() != CV_8UC3) return {};
    return toPicture(image);
  }

  double framesPerSecond() const noexcept { return framesPerSecond_; }
  std::int64_t statedFrames() const noexcept { return statedFrames_; }

 private:
  fs::path path_;
  cv::VideoCapture video_;
  double framesPerSecond_ = 0;
  std::int64_t statedFrames_ = 0;
};

VideoSource::VideoSource(const fs::path& path) : decoder_(std::make_unique<Decoder>(path)) {}
VideoSource::~VideoSource() = default;

double VideoSource::framesPerSecond() const noexcept {
  return decoder_->framesPerSecond();
}

std::int64_t VideoSource::statedFrames() const noexcept {
  return decoder_->statedFrames();
}

std::optional<Picture> VideoSource::next() {
  return decoder_->next();
}

class VideoSink::Encoder {
 public:
  Encoder(const fs::path& path, int width, int height, double framesPerSecond)
      : path_(path), temporary_(temporaryName(path)), size_(width, height) {
    const Container* container = containerOf(path);
    if (container == nullptr)
      throw Error(ErrorKind::invalidArgument,
                  path.string() + ": expected a name that ends in mp4, m4v, mov, mkv, webm or avi");
    checkWritable(temporary_, path);
    for (const Codec& codec : container->codecs) {
      const int tag = cv::VideoWriter::fourcc(codec.tag[0], codec.tag[1], codec.tag[2], codec.tag[3]);
      if (!writer_.open(temporary_.string(), cv::CAP_FFMPEG, tag, framesPerSecond, size_)) continue;
      codec_ = codec.name;
      return;
    }
    remove();
    throw Error(ErrorKind::unsupported, path.string() + ": FFmpeg has no encoder for " + container->suffix +
                                            " at " + std::to_string(width) + " x " + std::to_string(height) +
                                            " here; .avi takes any");
  }

  ~Encoder() {
    writer_.release();
    remove();
  }
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;

  const std::string& codec() const noexcept { return codec_; }

  void write(const Picture& picture) {
    if (picture.width != size_.width || picture.height != size_.height)
      throw Error(ErrorKind::wrongFile,
                  path_.string() + ": the video changes its size from " + std::to_string(size_.width) +
                      " x " + std::to_string(size_.height) + " to " + std::to_string(picture.width) + " x " +
                      std::to_string(picture.height));
    cv::Mat image = toMatrix(picture);
    if (picture.channels == 1) cv::cvtColor(image, image, cv::COLOR_GRAY2BGR);
    writer_.write(image);
    ++frames_;
  }

  void keep() {
    writer_.release();
    // OpenCV does not tell of a disk that is full. Containers without an index only guess their length.
    std::int64_t written = 0;
    try {
      written = countFrames(temporary_);
    } catch (const Error&) {
      written = 0;
    }
    constexpr std::int64_t guess = 2;
    if (written + guess < frames_ || (written == 0 && frames_ > 0))
      throw Error(ErrorKind::unreadable, path_.string() + ": the video was not written whole, " +
                                             std::to_string(written) + " of " + std::to_string(frames_) +
                                             " frames; is the disk full?");
    std::error_code failure;
    fs::rename(temporary_, path_, failure);
    if (failure)
      throw Error(ErrorKind::unreadable, path_.string() + ": cannot be written: " + failure.message());
  }

 private:
  void remove() noexcept {
    std::error_code ignored;
    fs::remove(temporary_, ignored);
  }

  fs::path path_;
  fs::path temporary_;
  cv::Size size_;
  cv::VideoWriter writer_;
  std::string codec_;
  std::int64_t frames_ = 0;
};

VideoSink::VideoSink(const fs::path& path, int width, int height, double framesPerSecond)
    : encoder_(std::make_unique<Encoder>(path, width, height, framesPerSecond)) {}
VideoSink::~VideoSink() = default;

const std::string& VideoSink::codec() const noexcept {
  return encoder_->codec();
}

void VideoSink::write(const Picture& picture) {
  encoder_->write(picture);
}

void VideoSink::keep() {
  encoder_->keep();
}

bool isWritableVideoName(const fs::path& path) {
  return containerOf(path) != nullptr;
}

}  // namespace cut::trainer
