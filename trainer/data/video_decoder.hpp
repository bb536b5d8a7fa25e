// The frames of a video file, one after the other, as a player would show them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "trainer/data/libav.hpp"
#include "trainer/data/video_demuxer.hpp"

namespace cut::trainer {

struct DecodedFrame {
  FramePtr frame;
  std::int64_t packet = 0;             // the one that it was decoded from, counted as KeyPacket counts
  std::int64_t time = AV_NOPTS_VALUE;  // when it is shown, in the stream's time base
  std::int64_t duration = 0;           // the same; 0: not known
  PacketMark mark;                     // of that packet
};

// What an edit list or the codec says is decoded and not shown is left out.
class VideoDecoder {
 public:
  // `threads` of the decoder; 0: as many as there are processors. Throws wrongFile, io, unsupported
  // (a codec that this FFmpeg has no decoder for).
  VideoDecoder(const std::filesystem::path& path, int threads);

  // False at the end. A packet that cannot be decoded is left out; damage() tells of it then.
  bool next(DecodedFrame& decoded);

  // What was decoded before plays no part in what comes. False as VideoDemuxer::startAt.
  bool startAt(const KeyPacket& key);

  const VideoDemuxer& demuxer() const noexcept { return demuxer_; }
  // What was wrong with the file as far as it was read, in libav's words; empty: nothing.
  const std::string& damage() const noexcept { return damage_.empty() ? demuxer_.damage() : damage_; }

 private:
  struct Stamp {
    PacketMark mark;
    std::int64_t duration = 0;
  };

  void send();
  void describe(DecodedFrame& decoded, const LibavLog& log);

  VideoDemuxer demuxer_;
  CodecPtr codec_;
  PacketPtr packet_ = newPacket();
  std::map<std::int64_t, Stamp> stamps_;  // of the packets in the decoder, by their number
  bool drained_ = false;
  std::string damage_;
};

}  // namespace cut::trainer
