// The sound of one file, copied into another as it is.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "trainer/data/libav.hpp"

namespace cut::trainer {

class AudioStreams {
 public:
  // Gives `output` a stream for each of the file's sound tracks that its container takes, and the file's
  // title and other words about itself. A file that cannot be opened has none.
  AudioStreams(const std::filesystem::path& path, AVFormatContext& output);

  bool empty() const noexcept { return copied_.empty(); }
  // Writes what sounds before `time`, in units of AV_TIME_BASE from the beginning. What cannot be written
  // ends the copying, and note() says so. Throws io where the file cannot be written.
  void copyUntil(std::int64_t time);

  // "sound copied (aac)", "no sound", or why it was not copied; and which other tracks are left out.
  std::string note() const;

 private:
  struct Track {
    int from = 0;
    AVStream* to = nullptr;
    std::string codec;
  };

  void add(const AVStream& stream, AVFormatContext& output);
  bool readNext();
  void write(const Track& track);
  const Track* trackOf(int stream) const;

  InputPtr input_;
  AVFormatContext& output_;
  std::vector<Track> copied_;
  std::vector<std::string> refused_;  // codecs that the container does not take
  std::vector<std::string> others_;   // "subtitle"
  PacketPtr packet_ = newPacket();
  bool held_ = false;  // packet_ is still to be written
  bool ended_ = false;
  std::string failure_;
};

}  // namespace cut::trainer
