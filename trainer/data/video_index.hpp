// Which frames a video has, and where decoding can begin for each.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "trainer/data/video_demuxer.hpp"

namespace cut::trainer {

// Frame N is the Nth that decoding from the beginning gives.
class VideoIndex {
 public:
  static constexpr std::int64_t notShown = -1;

  struct Start {
    KeyPacket key;
    std::int64_t frame = 0;  // the first that is whole where decoding begins here
  };

  // A packet of the track, and the frame that is decoded from it.
  struct Packet {
    PacketMark mark;
    std::int64_t frame = notShown;
  };

  VideoIndex(std::filesystem::path path, std::int64_t frames, std::vector<Packet> packets,
             std::vector<Start> starts)
      : path_(std::move(path)), frames_(frames), packets_(std::move(packets)), starts_(std::move(starts)) {}

  const std::filesystem::path& path() const noexcept { return path_; }
  std::int64_t frames() const noexcept { return frames_; }  // 1 at least
  // The frame of a packet by its number, if its content is still the same. Its time may be guessed anew
  // after seeking.
  std::int64_t frameOf(std::int64_t packet, const PacketMark& mark) const noexcept;
  // Whether each frame is of a packet of its own. Else frames are told by counting from the beginning alone.
  bool knowsPackets() const noexcept { return !starts_.empty(); }
  // Where to begin for a frame, the nearest before it; null: at the beginning of the file.
  const Start* startFor(std::int64_t frame) const noexcept;
  // The one before; null: the beginning of the file.
  const Start* before(const Start& start) const noexcept {
    return &start == starts_.data() ? nullptr : &start - 1;
  }

 private:
  std::filesystem::path path_;
  std::int64_t frames_;
  std::vector<Packet> packets_;
  std::vector<Start> starts_;  // by frame, then by packet
};

// From the packets alone where each is exactly one frame (H.264, HEVC, AV1, VP9 and what has key frames only,
// with whole packets and times; that reads the file once), else by decoding it once. One frame is decoded and
// its colours are looked at in either case. Throws as VideoDecoder and toPicture do, and wrongFile where no
// frame can be decoded.
std::shared_ptr<const VideoIndex> indexVideo(const std::filesystem::path& path);

}  // namespace cut::trainer
