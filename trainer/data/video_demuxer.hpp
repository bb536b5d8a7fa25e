// The packets of a video file's picture track.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "trainer/data/libav.hpp"

namespace cut::trainer {

// What tells a packet from its neighbours, wherever reading began: containers with few times (program
// streams) have the rest guessed, and not always alike.
struct PacketMark {
  std::int64_t pts = AV_NOPTS_VALUE;
  std::uint32_t content = 0;  // of its size and its first bytes

  bool operator==(const PacketMark&) const = default;
};

PacketMark markOf(const AVPacket& packet);

// Where decoding can begin: a packet with a key frame. Packets count from 0 in the order of the file.
struct KeyPacket {
  std::int64_t packet = 0;
  PacketMark mark;
  std::int64_t dts = AV_NOPTS_VALUE;  // in the stream's time base, as is the mark's pts
};

class VideoDemuxer {
 public:
  // Takes the track that a player would; a cover picture is none. Throws wrongFile, io.
  explicit VideoDemuxer(const std::filesystem::path& path);

  // The next packet of the track, and its number; false at the end. What ended it too early is in damage().
  bool next(AVPacket& packet, std::int64_t& number);

  // The next packet is then `key`. False where seeking does not lead to it; the position is lost then.
  bool startAt(const KeyPacket& key);

  const std::filesystem::path& path() const noexcept { return path_; }
  const AVFormatContext& input() const noexcept { return *input_; }
  const AVStream& stream() const noexcept { return *input_->streams[stream_]; }
  // libav's reason for a file that ends too early or holds packets that are not whole; empty: none was met.
  const std::string& damage() const noexcept { return damage_; }

 private:
  bool read(AVPacket& packet);
  bool find(const KeyPacket& key, std::int64_t time);
  std::int64_t seekTime(const KeyPacket& key) const;

  std::filesystem::path path_;
  InputPtr input_;
  int stream_ = 0;
  std::int64_t number_ = 0;  // of the next packet
  bool held_ = false;        // the next packet is in kept_
  PacketPtr kept_ = newPacket();
  std::string damage_;
};

}  // namespace cut::trainer
