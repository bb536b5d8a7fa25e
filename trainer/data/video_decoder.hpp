// SPDX-License-Identifier: MIT
// Demuxing and decoding of a video file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "trainer/data/libav.hpp"

namespace cut::trainer {

// Identifies a packet among its neighbours wherever reading started. The pts alone does not: in containers
// with few timestamps (program streams) libav guesses the others, and not always alike.
struct PacketFingerprint {
  std::int64_t pts = AV_NOPTS_VALUE;
  std::uint32_t content = 0;  // Adler-32 of its size and first bytes

  bool operator==(const PacketFingerprint&) const = default;
};

PacketFingerprint fingerprintOf(const AVPacket& packet);

// A packet with a key frame, where decoding can start. Packets count from 0 in the order of the file.
struct KeyPacket {
  std::int64_t packet = 0;
  PacketFingerprint fingerprint;
  std::int64_t dts = AV_NOPTS_VALUE;  // in the stream's time base, as is the pts
};

// The packets of a file's video stream.
class VideoDemuxer {
 public:
  // Selects the video stream that a player would; cover art (attached_pic) is not one. Throws wrongFile, io.
  explicit VideoDemuxer(const std::filesystem::path& path);

  // The next packet of the stream and its number; false at the end. damage() then says whether it came early.
  bool next(AVPacket& packet, std::int64_t& number);

  // Makes `key` the next packet. False if seeking does not find it; the position is then undefined.
  bool seek(const KeyPacket& key);

  const std::filesystem::path& path() const noexcept { return path_; }
  const AVFormatContext& input() const noexcept { return *input_; }
  const AVStream& stream() const noexcept { return *input_->streams[stream_]; }
  // libav's message for a truncated file or a corrupt packet; empty: none was found.
  const std::string& damage() const noexcept { return damage_; }

 private:
  bool read(AVPacket& packet);
  bool find(const KeyPacket& key, std::int64_t time);
  std::int64_t seekTime(const KeyPacket& key) const;

  std::filesystem::path path_;
  InputPtr input_;
  int stream_ = 0;
  std::int64_t number_ = 0;  // of the next packet
  bool hasPending_ = false;  // pending_ is the next packet
  PacketPtr pending_ = newPacket();
  std::string damage_;
};

struct DecodedFrame {
  FramePtr frame;
  std::int64_t packet = 0;             // from which it was decoded, counted as in KeyPacket
  std::int64_t time = AV_NOPTS_VALUE;  // of presentation, in the stream's time base
  std::int64_t duration = 0;           // the same unit; 0: unknown
  PacketFingerprint fingerprint;       // of that packet
};

// The frames of a video file in display order. Frames that an edit list or the codec hides are dropped.
class VideoDecoder {
 public:
  // `threads` of the decoder; 0: one per processor. Throws wrongFile, io, unsupported (this FFmpeg has no
  // decoder for the codec).
  VideoDecoder(const std::filesystem::path& path, int threads);

  // False at the end. A packet that cannot be decoded is skipped and named in damage().
  bool next(DecodedFrame& decoded);

  // Flushes the decoder and seeks. False as VideoDemuxer::seek.
  bool seek(const KeyPacket& key);

  const VideoDemuxer& demuxer() const noexcept { return demuxer_; }
  // libav's message about the file as far as it was read; empty: no damage was found.
  const std::string& damage() const noexcept { return damage_.empty() ? demuxer_.damage() : damage_; }

 private:
  struct PacketInfo {
    PacketFingerprint fingerprint;
    std::int64_t duration = 0;
  };

  void sendPacket();
  void setPacketInfo(DecodedFrame& decoded, const LibavLog& log);

  VideoDemuxer demuxer_;
  CodecPtr codec_;
  PacketPtr packet_ = newPacket();
  std::map<std::int64_t, PacketInfo> inFlight_;  // packets in the decoder, by number
  bool draining_ = false;
  std::string damage_;
};

}  // namespace cut::trainer
