// Frames of videos as their decoders gave them, by number, with decoders and frames kept for the next ones.
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include "trainer/data/libav.hpp"
#include "trainer/data/video_index.hpp"
#include "trainer/data/video_orientation.hpp"

namespace cut::trainer {

class DecodedFrames {
 public:
  struct Frame {
    FramePtr frame;
    Orientation orientation;
  };
  using Shared = std::shared_ptr<const Frame>;

  static constexpr std::size_t usualIdle = 8;
  static constexpr std::size_t usualBytes = std::size_t{256} << 20;

  // At most these many decoders stay open (one of 1080p holds some 50 MB), and frames of these many bytes.
  explicit DecodedFrames(std::size_t mostIdle = usualIdle, std::size_t mostBytes = usualBytes);
  ~DecodedFrames();
  DecodedFrames(const DecodedFrames&) = delete;
  DecodedFrames& operator=(const DecodedFrames&) = delete;

  // From any thread. Always decoded from the same key frame, whoever asked for what before. Throws wrongFile
  // where it cannot be decoded.
  Shared get(const VideoIndex& index, std::int64_t number);

 private:
  class Run;
  using Key = std::pair<std::filesystem::path, std::int64_t>;
  struct Kept {
    Shared frame;
    std::size_t bytes = 0;
    std::list<Key>::iterator place;
  };

  Shared find(const Key& key);
  void keep(const Key& key, const Shared& frame);
  Shared decode(const VideoIndex& index, std::int64_t number, const VideoIndex::Start* start);
  std::unique_ptr<Run> take(const VideoIndex& index, std::int64_t number, const VideoIndex::Start* start);
  void giveBack(std::unique_ptr<Run> run);

  const std::size_t mostIdle_;
  const std::size_t mostBytes_;
  std::mutex mutex_;  // guards what follows
  std::deque<std::unique_ptr<Run>> idle_;
  std::map<Key, Kept> frames_;
  std::list<Key> latest_;  // the first was used last
  std::size_t bytes_ = 0;
};

}  // namespace cut::trainer
