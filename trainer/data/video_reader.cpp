// SPDX-License-Identifier: MIT
#include "trainer/data/video_reader.hpp"

#include <algorithm>
#include <deque>
#include <filesystem>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "cuttranslate/error.hpp"
#include "trainer/data/frame_filters.hpp"
#include "trainer/data/libav.hpp"
#include "trainer/data/video_colours.hpp"
#include "trainer/data/video_decoder.hpp"
#include "trainer/data/video_index.hpp"

namespace cut::trainer {
namespace {

using SeekPoint = VideoIndex::SeekPoint;

struct CachedFrame {
  FramePtr frame;
  Orientation orientation;
};
using SharedFrame = std::shared_ptr<const CachedFrame>;

std::size_t bytesOf(const AVFrame& frame) {
  std::size_t bytes = 0;
  for (const AVBufferRef* buffer : frame.buf)
    if (buffer) bytes += buffer->size;
  return bytes;
}

// A decoder and its position: the seek point where it started, and the next frame.
class DecoderCursor {
 public:
  explicit DecoderCursor(const VideoIndex& index) : decoder_(index.path(), 1) {}

  const std::filesystem::path& path() const noexcept { return decoder_.demuxer().path(); }
  // Whether decoding on from here reaches the frame from the same seek point; null: the beginning of the
  // file.
  bool reaches(std::int64_t number, const SeekPoint* start) const noexcept {
    return usable_ && (start ? start->key.packet : fileStart) == startPacket_ && nextFrame_ <= number;
  }

  bool seek(const SeekPoint& start) {
    startPacket_ = start.key.packet;
    nextFrame_ = start.frame;
    usable_ = decoder_.seek(start.key);
    return usable_;
  }

  // The next frame and its number; null at the end, and where the packet differs from the index.
  SharedFrame next(const VideoIndex& index, std::int64_t& number) {
    DecodedFrame decoded;
    if (!decoder_.next(decoded)) return stop();
    number = nextFrame_;
    if (index.isSeekable()) {
      number = index.frameOf(decoded.packet, decoded.fingerprint);
      if (number == VideoIndex::notShown) return stop();
    }
    nextFrame_ = std::max(nextFrame_, number + 1);
    const Orientation orientation =
        orientationOf(*decoded.frame, decoder_.demuxer().stream(), path().string());
    return std::make_shared<const CachedFrame>(CachedFrame{std::move(decoded.frame), orientation});
  }

 private:
  static constexpr std::int64_t fileStart = -1;

  SharedFrame stop() {
    usable_ = false;
    return nullptr;
  }

  VideoDecoder decoder_;
  std::int64_t startPacket_ = fileStart;  // of the key frame
  std::int64_t nextFrame_ = 0;            // earlier frames do not follow
  bool usable_ = true;
};

}  // namespace

// Idle decoders and an LRU cache of decoded frames.
class VideoReader::FrameCache {
 public:
  explicit FrameCache(const VideoReaderLimits& limits) : limits_(limits) {}

  // From any thread. A frame is always decoded from the same key frame, so that it does not depend on earlier
  // requests. Throws wrongFile if it cannot be decoded.
  SharedFrame get(const VideoIndex& index, std::int64_t number) {
    if (SharedFrame frame = find({index.path(), number})) return frame;
    const SeekPoint* start = index.seekPointFor(number);
    // With gradual intra refresh, the frames after a seek point decode only from the seek point before it.
    for (int tries = 0; start && tries < 2; ++tries, start = index.previous(*start))
      if (SharedFrame frame = decode(index, number, start)) return frame;
    if (SharedFrame frame = decode(index, number, nullptr)) return frame;
    throw Error(ErrorKind::wrongFile,
                index.path().string() + ": frame " + std::to_string(number) + " cannot be decoded");
  }

 private:
  using Key = std::pair<std::filesystem::path, std::int64_t>;
  struct Entry {
    SharedFrame frame;
    std::size_t bytes = 0;
    std::list<Key>::iterator lruPosition;
  };

  SharedFrame find(const Key& key) {
    const std::lock_guard lock(mutex_);
    const auto found = frames_.find(key);
    if (found == frames_.end()) return nullptr;
    lru_.splice(lru_.begin(), lru_, found->second.lruPosition);
    return found->second.frame;
  }

  void insert(const Key& key, const SharedFrame& frame) {
    const std::lock_guard lock(mutex_);
    if (frames_.contains(key)) return;
    lru_.push_front(key);
    const std::size_t bytes = bytesOf(*frame->frame);
    frames_[key] = {frame, bytes, lru_.begin()};
    bytes_ += bytes;
    while (bytes_ > limits_.cachedBytes && !lru_.empty()) {
      const auto oldest = frames_.find(lru_.back());
      bytes_ -= oldest->second.bytes;
      frames_.erase(oldest);
      lru_.pop_back();
    }
  }

  // Null if the seek point cannot be reached.
  std::unique_ptr<DecoderCursor> acquire(const VideoIndex& index, std::int64_t number,
                                         const SeekPoint* start) {
    std::unique_ptr<DecoderCursor> cursor;
    {
      const std::lock_guard lock(mutex_);
      auto found = std::find_if(idle_.begin(), idle_.end(), [&](const auto& each) {
        return each->path() == index.path() && each->reaches(number, start);
      });
      const bool reached = found != idle_.end();
      // Any decoder of the file can seek to a key frame; the beginning of the file needs a new decoder.
      if (!reached && start)
        found = std::find_if(idle_.begin(), idle_.end(),
                             [&](const auto& each) { return each->path() == index.path(); });
      if (found != idle_.end()) {
        cursor = std::move(*found);
        idle_.erase(found);
      }
      if (reached) return cursor;
    }
    if (!cursor) cursor = std::make_unique<DecoderCursor>(index);
    if (start && !cursor->seek(*start)) return nullptr;
    return cursor;
  }

  void release(std::unique_ptr<DecoderCursor> cursor) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(cursor));
    if (idle_.size() > limits_.idleDecoders) idle_.pop_front();
  }

  SharedFrame decode(const VideoIndex& index, std::int64_t number, const SeekPoint* start) {
    std::unique_ptr<DecoderCursor> cursor = acquire(index, number, start);
    if (!cursor) return nullptr;
    std::int64_t decoded = -1;
    while (decoded < number) {
      SharedFrame frame = cursor->next(index, decoded);
      if (!frame) return nullptr;
      if (decoded == number || index.seekPointFor(decoded) == start) insert({index.path(), decoded}, frame);
      if (decoded != number) continue;
      release(std::move(cursor));
      return frame;
    }
    return nullptr;
  }

  const VideoReaderLimits limits_;
  std::mutex mutex_;  // guards what follows
  std::deque<std::unique_ptr<DecoderCursor>> idle_;
  std::map<Key, Entry> frames_;
  std::list<Key> lru_;  // most recently used first
  std::size_t bytes_ = 0;
};

VideoReader::VideoReader(const VideoReaderLimits& limits) : cache_(std::make_unique<FrameCache>(limits)) {}
VideoReader::~VideoReader() = default;

Picture VideoReader::read(const VideoIndex& index, std::int64_t number) {
  const std::string name = index.path().string() + ": frame " + std::to_string(number);
  if (number < 0 || number >= index.frames())
    throw Error(ErrorKind::wrongFile, name + ": the video has " + std::to_string(index.frames()) + " frames");
  const SharedFrame frame = cache_->get(index, number);
  if (isDamaged(*frame->frame)) throw Error(ErrorKind::wrongFile, name + " is damaged");
  if (!isInterlaced(*frame->frame)) return oriented(toPicture(*frame->frame, name), frame->orientation);
  const SharedFrame previous = number > 0 ? cache_->get(index, number - 1) : nullptr;
  const SharedFrame next = number + 1 < index.frames() ? cache_->get(index, number + 1) : nullptr;
  const FramePtr progressive = deinterlaced(previous ? previous->frame.get() : nullptr, *frame->frame,
                                            next ? next->frame.get() : nullptr);
  return oriented(toPicture(*progressive, name), frame->orientation);
}

}  // namespace cut::trainer
