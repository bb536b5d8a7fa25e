// SPDX-License-Identifier: MIT
// The frames of a video and the seek points from which each is decoded.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "trainer/data/video_decoder.hpp"

namespace cut::trainer {

// Frame N is the Nth frame that decoding from the beginning of the file returns.
class VideoIndex {
 public:
  static constexpr std::int64_t notShown = -1;

  struct SeekPoint {
    KeyPacket key;
    std::int64_t frame = 0;  // the first complete frame when decoding starts here
  };

  // A packet of the video stream, and the frame that is decoded from it.
  struct Packet {
    PacketFingerprint fingerprint;
    std::int64_t frame = notShown;
  };

  VideoIndex(std::filesystem::path path, std::int64_t frames, std::vector<Packet> packets,
             std::vector<SeekPoint> seekPoints)
      : path_(std::move(path)),
        frames_(frames),
        packets_(std::move(packets)),
        seekPoints_(std::move(seekPoints)) {}

  const std::filesystem::path& path() const noexcept { return path_; }
  std::int64_t frames() const noexcept { return frames_; }  // 1 at least
  // The frame of a packet by its number, or notShown if its content differs. The pts is not compared: libav
  // may guess another one after a seek.
  std::int64_t frameOf(std::int64_t packet, const PacketFingerprint& fingerprint) const noexcept;
  // Whether each frame has a packet of its own. If not, a frame is found only by counting from the beginning.
  bool isSeekable() const noexcept { return !seekPoints_.empty(); }
  // The nearest seek point at or before a frame; null: the beginning of the file.
  const SeekPoint* seekPointFor(std::int64_t frame) const noexcept;
  // The seek point before `point`; null: the beginning of the file.
  const SeekPoint* previous(const SeekPoint& point) const noexcept {
    return &point == seekPoints_.data() ? nullptr : &point - 1;
  }

 private:
  std::filesystem::path path_;
  std::int64_t frames_;
  std::vector<Packet> packets_;
  std::vector<SeekPoint> seekPoints_;  // by frame, then by packet
};

// Reads the file once. Where every packet is one frame with a timestamp (H.264, HEVC, AV1, VP9 and intra-only
// codecs) the packets suffice; otherwise all frames are decoded. The first frame is decoded in either case,
// so that unsupported colours are found now. Throws as VideoDecoder and toPicture do, and wrongFile if no
// frame can be decoded.
std::shared_ptr<const VideoIndex> indexVideo(const std::filesystem::path& path);

}  // namespace cut::trainer
