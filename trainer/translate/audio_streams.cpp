// SPDX-License-Identifier: MIT
#include "trainer/translate/audio_streams.hpp"

#include <algorithm>
#include <limits>

#include "cuttranslate/error.hpp"

namespace cut::trainer {
namespace {

constexpr AVRational microseconds{1, AV_TIME_BASE};

// Start time of the file in microseconds.
std::int64_t startOf(const AVFormatContext& input) {
  return input.start_time == AV_NOPTS_VALUE ? 0 : input.start_time;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

// Metadata about the container, not about the content.
bool isContainerKey(const char* key) {
  const std::string name = key;
  return name == "major_brand" || name == "minor_version" || name == "compatible_brands" || name == "encoder";
}

void copyMetadata(const AVDictionary* from, AVDictionary** to) {
  const AVDictionaryEntry* entry = nullptr;
  while ((entry = av_dict_get(from, "", entry, AV_DICT_IGNORE_SUFFIX)) != nullptr)
    if (!isContainerKey(entry->key)) av_dict_set(to, entry->key, entry->value, 0);
}

}  // namespace

AudioStreams::AudioStreams(const std::filesystem::path& path, AVFormatContext& output) : output_(output) {
  if (path.empty()) return;
  try {
    input_ = openInput(path);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::outOfMemory) throw;
    failure_ = error.what();
    return;
  }
  const int video = av_find_best_stream(input_.get(), AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
  for (unsigned i = 0; i < input_->nb_streams; ++i) {
    const AVStream& stream = *input_->streams[i];
    if (stream.codecpar->codec_type == AVMEDIA_TYPE_AUDIO) {
      add(stream, output);
    } else if (static_cast<int>(i) != video) {
      const char* type = av_get_media_type_string(stream.codecpar->codec_type);
      dropped_.emplace_back(type ? type : "unknown");
    }
    if (!findStream(static_cast<int>(i))) input_->streams[i]->discard = AVDISCARD_ALL;
  }
  if (input_->nb_chapters > 0) dropped_.emplace_back("chapters");
  copyMetadata(input_->metadata, &output.metadata);
}

void AudioStreams::add(const AVStream& stream, AVFormatContext& output) {
  const AVCodecID codec = stream.codecpar->codec_id;
  const std::string name = avcodec_get_name(codec);
  if (avformat_query_codec(output.oformat, codec, FF_COMPLIANCE_NORMAL) != 1) {
    refused_.push_back(name);
    return;
  }
  AVStream* copy = avformat_new_stream(&output, nullptr);
  if (!copy || avcodec_parameters_copy(copy->codecpar, stream.codecpar) < 0) throwOutOfMemory();
  copy->codecpar->codec_tag = 0;  // each container has its own
  copy->time_base = stream.time_base;
  copy->disposition = stream.disposition;
  copyMetadata(stream.metadata, &copy->metadata);
  copied_.push_back({stream.index, copy, name});
}

const AudioStreams::CopiedStream* AudioStreams::findStream(int stream) const {
  const auto found = std::find_if(copied_.begin(), copied_.end(),
                                  [&](const CopiedStream& copied) { return copied.from == stream; });
  return found == copied_.end() ? nullptr : &*found;
}

bool AudioStreams::readNext() {
  const LibavLog log;
  while (true) {
    av_packet_unref(packet_.get());
    const int code = av_read_frame(input_.get(), packet_.get());
    if (code < 0) {
      checkMemory(code);
      return false;
    }
    if (findStream(packet_->stream_index)) return true;
  }
}

void AudioStreams::write(const CopiedStream& copied) {
  const LibavLog log;
  const AVStream& from = *input_->streams[copied.from];
  const std::int64_t start = av_rescale_q(startOf(*input_), microseconds, from.time_base);
  if (packet_->pts != AV_NOPTS_VALUE) packet_->pts -= start;
  if (packet_->dts != AV_NOPTS_VALUE) packet_->dts -= start;
  av_packet_rescale_ts(packet_.get(), from.time_base, copied.to->time_base);
  packet_->stream_index = copied.to->index;
  packet_->pos = -1;
  const int code = av_interleaved_write_frame(&output_, packet_.get());
  checkMemory(code);
  if (output_.pb && output_.pb->error < 0) throw Error(ErrorKind::io, log.reason(output_.pb->error));
  if (code >= 0) return;
  failure_ = log.reason(code);
  ended_ = true;
}

void AudioStreams::copyUntil(std::int64_t time) {
  while (!copied_.empty() && !ended_) {
    if (!hasPending_ && !readNext()) {
      ended_ = true;
      return;
    }
    hasPending_ = true;
    const CopiedStream& copied = *findStream(packet_->stream_index);
    const std::int64_t dts = packet_->dts != AV_NOPTS_VALUE ? packet_->dts : packet_->pts;
    const AVRational& timeBase = input_->streams[copied.from]->time_base;
    if (dts != AV_NOPTS_VALUE && av_rescale_q(dts, timeBase, microseconds) - startOf(*input_) > time) return;
    hasPending_ = false;
    write(copied);
  }
}

std::string AudioStreams::note() const {
  std::vector<std::string> notes;
  std::vector<std::string> codecs;
  for (const CopiedStream& copied : copied_) codecs.push_back(copied.codec);
  const std::string muxer = output_.oformat->name;
  if (!failure_.empty())
    notes.push_back((copied_.empty() ? "sound not copied: " : "sound copied in part: ") + failure_);
  else if (!copied_.empty())
    notes.push_back("sound copied (" + joined(codecs) + ")");
  if (!refused_.empty())
    notes.push_back("sound not copied: " + muxer + " takes no " + joined(refused_) + ", mkv does");
  if (notes.empty()) notes.emplace_back("no sound");
  if (!dropped_.empty()) notes.push_back("left out: " + joined(dropped_));
  return joined(notes);
}

}  // namespace cut::trainer
