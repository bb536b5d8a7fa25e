#include "trainer/data/decoded_frames.hpp"

#include <algorithm>
#include <string>

#include "cuttranslate/error.hpp"
#include "trainer/data/video_decoder.hpp"

namespace cut::trainer {
namespace {

using Start = VideoIndex::Start;

std::size_t bytesOf(const AVFrame& frame) {
  std::size_t bytes = 0;
  for (const AVBufferRef* buffer : frame.buf)
    if (buffer) bytes += buffer->size;
  return bytes;
}

}  // namespace

// A decoder on its way from one start.
class DecodedFrames::Run {
 public:
  explicit Run(const VideoIndex& index) : decoder_(index.path(), 1) {}

  const std::filesystem::path& path() const noexcept { return decoder_.demuxer().path(); }
  bool isOnItsWayTo(std::int64_t number, const Start* start) const noexcept {
    return usable_ && (start ? start->key.packet : fromBeginning) == start_ && next_ <= number;
  }
  bool isUnused() const noexcept { return start_ == fromBeginning && next_ == 0; }
  const std::string& damage() const noexcept { return decoder_.damage(); }

  bool begin(const Start& start) {
    start_ = start.key.packet;
    next_ = start.frame;
    usable_ = decoder_.startAt(start.key);
    return usable_;
  }

  // The next frame and its number; null at the end, and where it is not what the index says.
  Shared next(const VideoIndex& index, std::int64_t& number) {
    DecodedFrame decoded;
    if (!decoder_.next(decoded)) return stop();
    number = next_;
    if (index.knowsPackets()) {
      number = index.frameOf(decoded.packet, decoded.mark);
      if (number == VideoIndex::notShown) return stop();
    }
    next_ = std::max(next_, number + 1);
    const Orientation orientation =
        orientationOf(*decoded.frame, decoder_.demuxer().stream(), path().string());
    return std::make_shared<const Frame>(Frame{std::move(decoded.frame), orientation});
  }

 private:
  static constexpr std::int64_t fromBeginning = -1;

  Shared stop() {
    usable_ = false;
    return nullptr;
  }

  VideoDecoder decoder_;
  std::int64_t start_ = fromBeginning;  // the packet of the key frame where it began
  std::int64_t next_ = 0;               // no frame before this one will come
  bool usable_ = true;
};

DecodedFrames::DecodedFrames(std::size_t mostIdle, std::size_t mostBytes)
    : mostIdle_(mostIdle), mostBytes_(mostBytes) {}

DecodedFrames::~DecodedFrames() = default;

DecodedFrames::Shared DecodedFrames::find(const Key& key) {
  const std::lock_guard lock(mutex_);
  const auto found = frames_.find(key);
  if (found == frames_.end()) return nullptr;
  latest_.splice(latest_.begin(), latest_, found->second.place);
  return found->second.frame;
}

void DecodedFrames::keep(const Key& key, const Shared& frame) {
  const std::lock_guard lock(mutex_);
  if (frames_.contains(key)) return;
  latest_.push_front(key);
  const std::size_t bytes = bytesOf(*frame->frame);
  frames_[key] = {frame, bytes, latest_.begin()};
  bytes_ += bytes;
  while (bytes_ > mostBytes_ && !latest_.empty()) {
    const auto oldest = frames_.find(latest_.back());
    bytes_ -= oldest->second.bytes;
    frames_.erase(oldest);
    latest_.pop_back();
  }
}

std::unique_ptr<DecodedFrames::Run> DecodedFrames::take(const VideoIndex& index, std::int64_t number,
                                                        const Start* start) {
  std::unique_ptr<Run> run;
  {
    const std::lock_guard lock(mutex_);
    auto found = std::find_if(idle_.begin(), idle_.end(), [&](const auto& each) {
      return each->path() == index.path() && each->isOnItsWayTo(number, start);
    });
    const bool onItsWay = found != idle_.end();
    // Going back to the beginning takes a new decoder; to a key frame, any.
    if (!onItsWay && start)
      found = std::find_if(idle_.begin(), idle_.end(),
                           [&](const auto& each) { return each->path() == index.path(); });
    if (found != idle_.end()) {
      run = std::move(*found);
      idle_.erase(found);
    }
    if (onItsWay) return run;
  }
  if (!run) run = std::make_unique<Run>(index);
  if (start && !run->begin(*start)) return nullptr;
  return run;
}

void DecodedFrames::giveBack(std::unique_ptr<Run> run) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(run));
  if (idle_.size() > mostIdle_) idle_.pop_front();
}

DecodedFrames::Shared DecodedFrames::decode(const VideoIndex& index, std::int64_t number,
                                            const Start* start) {
  std::unique_ptr<Run> run = take(index, number, start);
  if (!run) return nullptr;
  std::int64_t came = -1;
  while (came < number) {
    Shared frame = run->next(index, came);
    if (!frame) return nullptr;
    if (came == number || index.startFor(came) == start) keep({index.path(), came}, frame);
    if (came != number) continue;
    giveBack(std::move(run));
    return frame;
  }
  return nullptr;
}

DecodedFrames::Shared DecodedFrames::get(const VideoIndex& index, std::int64_t number) {
  if (Shared frame = find({index.path(), number})) return frame;
  const Start* start = index.startFor(number);
  // Where a stream refreshes little by little, the frames behind a start come only from the one before it.
  for (int tries = 0; start && tries < 2; ++tries, start = index.before(*start))
    if (Shared frame = decode(index, number, start)) return frame;
  if (Shared frame = decode(index, number, nullptr)) return frame;
  throw Error(ErrorKind::wrongFile,
              index.path().string() + ": frame " + std::to_string(number) + " cannot be decoded");
}

}  // namespace cut::trainer
