// SPDX-License-Identifier: MIT
// Copies the audio streams of one file into another without re-encoding.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "trainer/data/libav.hpp"

namespace cut::trainer {

class AudioStreams {
 public:
  // Adds a stream to `output` for each audio stream that its container supports, and copies the metadata. A
  // file that cannot be opened has no streams, and note() has the reason.
  AudioStreams(const std::filesystem::path& path, AVFormatContext& output);

  bool empty() const noexcept { return copied_.empty(); }
  // Writes the packets before `time`, in units of AV_TIME_BASE from the start of the file. A packet that the
  // muxer rejects ends the copying, and note() has the reason. Throws io if the file cannot be written.
  void copyUntil(std::int64_t time);

  // "sound copied (aac)", "no sound", or why it was not copied; and which other streams are left out.
  std::string note() const;

 private:
  struct CopiedStream {
    int from = 0;
    AVStream* to = nullptr;
    std::string codec;
  };

  void add(const AVStream& stream, AVFormatContext& output);
  bool readNext();
  void write(const CopiedStream& copied);
  const CopiedStream* findStream(int stream) const;

  InputPtr input_;
  AVFormatContext& output_;
  std::vector<CopiedStream> copied_;
  std::vector<std::string> refused_;  // codecs that the container does not support
  std::vector<std::string> dropped_;  // "subtitle"
  PacketPtr packet_ = newPacket();
  bool hasPending_ = false;  // packet_ is to be written next
  bool ended_ = false;
  std::string failure_;
};

}  // namespace cut::trainer
