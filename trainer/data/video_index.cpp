// SPDX-License-Identifier: MIT
#include "trainer/data/video_index.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string_view>

#include "cuttranslate/error.hpp"
#include "trainer/data/frame_filters.hpp"
#include "trainer/data/video_colours.hpp"
#include "trainer/data/video_decoder.hpp"

namespace cut::trainer {
namespace {

using SeekPoint = VideoIndex::SeekPoint;
using Packet = VideoIndex::Packet;

constexpr std::int64_t confirmedFrames = 3;  // decoded to check what the packets promise

struct FreeParser {
  void operator()(AVCodecParserContext* parser) const noexcept { av_parser_close(parser); }
};

bool isIntraOnly(AVCodecID codec) {
  const AVCodecDescriptor* description = avcodec_descriptor_get(codec);
  return description && (description->props & AV_CODEC_PROP_INTRA_ONLY) != 0;
}

// Codecs with exactly one displayed frame per packet. VP8 has packets that are not displayed, MPEG-4 part 2
// has frames that are not coded or two frames in a packet, MPEG-1 and 2 in program streams have too few
// timestamps.
bool hasOneFramePerPacket(AVCodecID codec) {
  constexpr std::array codecs{AV_CODEC_ID_H264, AV_CODEC_ID_HEVC, AV_CODEC_ID_AV1, AV_CODEC_ID_VP9};
  return std::find(codecs.begin(), codecs.end(), codec) != codecs.end() || isIntraOnly(codec);
}

// Finds H.264 packets that hold one field, which is half a frame.
class FieldDetector {
 public:
  explicit FieldDetector(const AVCodecParameters& codec) {
    if (codec.codec_id != AV_CODEC_ID_H264) return;
    parser_.reset(av_parser_init(codec.codec_id));
    context_.reset(avcodec_alloc_context3(nullptr));
    if (!parser_ || !context_) throwOutOfMemory();
    checkMemory(avcodec_parameters_to_context(context_.get(), &codec));
    parser_->flags |= PARSER_FLAG_COMPLETE_FRAMES;
  }

  bool isField(const AVPacket& packet) {
    if (!parser_) return false;
    std::uint8_t* data = nullptr;
    int size = 0;
    av_parser_parse2(parser_.get(), context_.get(), &data, &size, packet.data, packet.size, packet.pts,
                     packet.dts, packet.pos);
    return parser_->picture_structure == AV_PICTURE_STRUCTURE_TOP_FIELD ||
           parser_->picture_structure == AV_PICTURE_STRUCTURE_BOTTOM_FIELD;
  }

 private:
  std::unique_ptr<AVCodecParserContext, FreeParser> parser_;
  CodecPtr context_;
};

// Builds the index from the packets alone, without decoding; nothing if they do not determine the frames.
class PacketScan {
 public:
  explicit PacketScan(const std::filesystem::path& path)
      : demuxer_(path), fieldDetector_(*demuxer_.stream().codecpar) {}

  std::optional<VideoIndex> run() {
    if (!hasOneFramePerPacket(demuxer_.stream().codecpar->codec_id)) return {};
    const PacketPtr packet = newPacket();
    std::int64_t number = 0;
    while (demuxer_.next(*packet, number))
      if (!add(*packet, number)) return {};
    if (!demuxer_.damage().empty() || displayPts_.empty()) return {};
    std::sort(displayPts_.begin(), displayPts_.end());
    if (std::adjacent_find(displayPts_.begin(), displayPts_.end()) != displayPts_.end()) return {};
    for (Packet& each : packets_)
      if (each.frame != VideoIndex::notShown) each.frame = frameAt(each.fingerprint.pts);
    std::vector<SeekPoint> seekPoints;
    for (const KeyPacket& key : keyPackets_)
      if (const std::int64_t frame = frameAt(key.fingerprint.pts);
          seekPoints.empty() || seekPoints.back().frame <= frame)
        seekPoints.push_back({key, frame});
    const auto frames = static_cast<std::int64_t>(displayPts_.size());
    return VideoIndex(demuxer_.path(), frames, std::move(packets_), std::move(seekPoints));
  }

 private:
  // False if the packet does not determine its frame.
  bool add(const AVPacket& packet, std::int64_t number) {
    const bool key = (packet.flags & AV_PKT_FLAG_KEY) != 0;
    if (packet.pts == AV_NOPTS_VALUE || packet.size == 0 || fieldDetector_.isField(packet)) return false;
    // Packets before the first key frame, in decoding or in display order, may not be decodable.
    if (number == 0) firstPts_ = packet.pts;
    if ((number == 0 && !key) || packet.pts < firstPts_) return false;
    const bool discarded = (packet.flags & AV_PKT_FLAG_DISCARD) != 0;
    const PacketFingerprint fingerprint = fingerprintOf(packet);
    packets_.push_back({fingerprint, discarded ? VideoIndex::notShown : 0});
    if (!discarded) displayPts_.push_back(packet.pts);
    if (key) keyPackets_.push_back({number, fingerprint, packet.dts});
    return true;
  }

  std::int64_t frameAt(std::int64_t pts) const {
    return std::lower_bound(displayPts_.begin(), displayPts_.end(), pts) - displayPts_.begin();
  }

  VideoDemuxer demuxer_;
  FieldDetector fieldDetector_;
  std::int64_t firstPts_ = 0;
  std::vector<Packet> packets_;
  std::vector<std::int64_t> displayPts_;
  std::vector<KeyPacket> keyPackets_;
};

[[noreturn]] void throwNoFrame(const VideoDecoder& decoder) {
  const std::string& damage = decoder.damage();
  throw Error(ErrorKind::wrongFile, decoder.demuxer().path().string() +
                                        ": expected a video with frames that can be decoded" +
                                        (damage.empty() ? "" : ": " + damage));
}

void checkFrame(const VideoDecoder& decoder, const AVFrame& frame) {
  const std::string name = decoder.demuxer().path().string();
  static_cast<void>(coloursOf(frame, name));
  static_cast<void>(orientationOf(frame, decoder.demuxer().stream(), name));
}

bool isConfirmed(const VideoIndex& index) {
  VideoDecoder decoder(index.path(), 1);
  DecodedFrame decoded;
  const std::int64_t count = std::min(confirmedFrames, index.frames());
  for (std::int64_t i = 0; i < count; ++i) {
    if (!decoder.next(decoded)) return false;
    if (i == 0) checkFrame(decoder, *decoded.frame);
    if (index.frameOf(decoded.packet, decoded.fingerprint) != i) return false;
  }
  return true;
}

// Builds the index by decoding every frame once.
class DecodingScan {
 public:
  explicit DecodingScan(const std::filesystem::path& path) : decoder_(path, 0), demuxer_(path) {}

  VideoIndex run() {
    readPackets();
    std::int64_t frames = 0;
    DecodedFrame decoded;
    for (; decoder_.next(decoded); ++frames) {
      if (frames == 0) checkFrame(decoder_, *decoded.frame);
      if (decoded.packet < 0 || decoded.packet >= static_cast<std::int64_t>(packets_.size()) ||
          packets_[decoded.packet].frame != VideoIndex::notShown)
        exact_ = false;
      else
        packets_[decoded.packet].frame = frames;
      // Parsers mark some packets as key frames that are not.
      if (decoded.frame->pict_type == AV_PICTURE_TYPE_I) intra_.insert(decoded.packet);
    }
    if (frames == 0) throwNoFrame(decoder_);
    // Before packets_ is moved from: the order in which arguments are evaluated is the compiler's choice.
    std::vector<SeekPoint> seekable = seekPoints();
    return VideoIndex(demuxer_.path(), frames, std::move(packets_), std::move(seekable));
  }

 private:
  void readPackets() {
    const PacketPtr packet = newPacket();
    std::int64_t number = 0;
    while (demuxer_.next(*packet, number)) {
      if ((packet->flags & AV_PKT_FLAG_KEY) != 0)
        keyPackets_.push_back({number, fingerprintOf(*packet), packet->dts});
      packets_.push_back({fingerprintOf(*packet), VideoIndex::notShown});
    }
  }

  // Displayed key frames that a seek by timestamp finds, in decoding and in display order.
  std::vector<SeekPoint> seekPoints() const {
    std::vector<SeekPoint> seekPoints;
    if (!exact_) return seekPoints;
    for (const KeyPacket& key : keyPackets_) {
      const std::int64_t frame = packets_[key.packet].frame;
      if (frame != VideoIndex::notShown && key.fingerprint.pts != AV_NOPTS_VALUE &&
          intra_.contains(key.packet) && (seekPoints.empty() || seekPoints.back().frame < frame))
        seekPoints.push_back({key, frame});
    }
    return seekPoints;
  }

  VideoDecoder decoder_;
  VideoDemuxer demuxer_;
  std::vector<Packet> packets_;
  std::vector<KeyPacket> keyPackets_;
  std::set<std::int64_t> intra_;  // packets of I-frames
  bool exact_ = true;             // each frame has a packet of its own
};

}  // namespace

std::int64_t VideoIndex::frameOf(std::int64_t packet, const PacketFingerprint& fingerprint) const noexcept {
  if (packet < 0 || packet >= static_cast<std::int64_t>(packets_.size())) return notShown;
  const Packet& known = packets_[packet];
  return known.fingerprint.content == fingerprint.content ? known.frame : notShown;
}

const VideoIndex::SeekPoint* VideoIndex::seekPointFor(std::int64_t frame) const noexcept {
  const auto after =
      std::upper_bound(seekPoints_.begin(), seekPoints_.end(), frame,
                       [](std::int64_t value, const SeekPoint& start) { return value < start.frame; });
  return after == seekPoints_.begin() ? nullptr : &*(after - 1);
}

std::shared_ptr<const VideoIndex> indexVideo(const std::filesystem::path& path) {
  if (auto index = PacketScan(path).run(); index && isConfirmed(*index))
    return std::make_shared<const VideoIndex>(*std::move(index));
  return std::make_shared<const VideoIndex>(DecodingScan(path).run());
}

}  // namespace cut::trainer
