#include "trainer/data/video_index.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string_view>

#include "cuttranslate/error.hpp"
#include "trainer/data/video_colours.hpp"
#include "trainer/data/video_decoder.hpp"
#include "trainer/data/video_orientation.hpp"

namespace cut::trainer {
namespace {

using Start = VideoIndex::Start;
using Packet = VideoIndex::Packet;

constexpr std::int64_t checkedFrames = 3;  // that decoding must give as the packets say

struct FreeParser {
  void operator()(AVCodecParserContext* parser) const noexcept { av_parser_close(parser); }
};

bool hasKeyFramesOnly(AVCodecID codec) {
  const AVCodecDescriptor* description = avcodec_descriptor_get(codec);
  return description && (description->props & AV_CODEC_PROP_INTRA_ONLY) != 0;
}

// Codecs of whose packets each is one frame that is shown. VP8 has packets that are not shown, MPEG-4 part 2
// frames that are not coded or two in a packet, MPEG-1 and 2 in program streams too few times.
bool isOnePacketAFrame(AVCodecID codec) {
  constexpr std::array codecs{AV_CODEC_ID_H264, AV_CODEC_ID_HEVC, AV_CODEC_ID_AV1, AV_CODEC_ID_VP9};
  return std::find(codecs.begin(), codecs.end(), codec) != codecs.end() || hasKeyFramesOnly(codec);
}

// Whether H.264's packets are frames: a field is but half of one.
class Fields {
 public:
  explicit Fields(const AVCodecParameters& codec) {
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

// What the packets say; nothing where they do not say it exactly.
class PacketPass {
 public:
  explicit PacketPass(const std::filesystem::path& path)
      : demuxer_(path), fields_(*demuxer_.stream().codecpar) {}

  std::optional<VideoIndex> run() {
    if (!isOnePacketAFrame(demuxer_.stream().codecpar->codec_id)) return {};
    const PacketPtr packet = newPacket();
    std::int64_t number = 0;
    while (demuxer_.next(*packet, number))
      if (!take(*packet, number)) return {};
    if (!demuxer_.damage().empty() || shown_.empty()) return {};
    std::sort(shown_.begin(), shown_.end());
    if (std::adjacent_find(shown_.begin(), shown_.end()) != shown_.end()) return {};
    for (Packet& each : packets_)
      if (each.frame != VideoIndex::notShown) each.frame = frameAt(each.mark.pts);
    std::vector<Start> starts;
    for (const KeyPacket& key : keys_)
      if (const std::int64_t frame = frameAt(key.mark.pts); starts.empty() || starts.back().frame <= frame)
        starts.push_back({key, frame});
    const auto frames = static_cast<std::int64_t>(shown_.size());
    return VideoIndex(demuxer_.path(), frames, std::move(packets_), std::move(starts));
  }

 private:
  bool take(const AVPacket& packet, std::int64_t number) {
    const bool key = (packet.flags & AV_PKT_FLAG_KEY) != 0;
    if (packet.pts == AV_NOPTS_VALUE || packet.size == 0 || fields_.isField(packet)) return false;
    // What precedes the first key frame, in the file or on the screen, may not be decodable.
    if (number == 0) first_ = packet.pts;
    if ((number == 0 && !key) || packet.pts < first_) return false;
    const bool discarded = (packet.flags & AV_PKT_FLAG_DISCARD) != 0;
    const PacketMark mark = markOf(packet);
    packets_.push_back({mark, discarded ? VideoIndex::notShown : 0});
    if (!discarded) shown_.push_back(packet.pts);
    if (key) keys_.push_back({number, mark, packet.dts});
    return true;
  }

  std::int64_t frameAt(std::int64_t pts) const {
    return std::lower_bound(shown_.begin(), shown_.end(), pts) - shown_.begin();
  }

  VideoDemuxer demuxer_;
  Fields fields_;
  std::int64_t first_ = 0;
  std::vector<Packet> packets_;
  std::vector<std::int64_t> shown_;  // times of presentation
  std::vector<KeyPacket> keys_;
};

[[noreturn]] void noFrame(const VideoDecoder& decoder) {
  const std::string& damage = decoder.damage();
  throw Error(ErrorKind::wrongFile, decoder.demuxer().path().string() +
                                        ": expected a video with frames that can be decoded" +
                                        (damage.empty() ? "" : ": " + damage));
}

void checkPicture(const VideoDecoder& decoder, const AVFrame& frame) {
  const std::string name = decoder.demuxer().path().string();
  static_cast<void>(coloursOf(frame, name));
  static_cast<void>(orientationOf(frame, decoder.demuxer().stream(), name));
}

bool isConfirmed(const VideoIndex& index) {
  VideoDecoder decoder(index.path(), 1);
  DecodedFrame decoded;
  const std::int64_t count = std::min(checkedFrames, index.frames());
  for (std::int64_t i = 0; i < count; ++i) {
    if (!decoder.next(decoded)) return false;
    if (i == 0) checkPicture(decoder, *decoded.frame);
    if (index.frameOf(decoded.packet, decoded.mark) != i) return false;
  }
  return true;
}

// Every frame decoded once.
class DecodingPass {
 public:
  explicit DecodingPass(const std::filesystem::path& path) : decoder_(path, 0), keys_(path) {}

  VideoIndex run() {
    readPackets();
    std::int64_t frames = 0;
    DecodedFrame decoded;
    for (; decoder_.next(decoded); ++frames) {
      if (frames == 0) checkPicture(decoder_, *decoded.frame);
      if (decoded.packet < 0 || decoded.packet >= static_cast<std::int64_t>(packets_.size()) ||
          packets_[decoded.packet].frame != VideoIndex::notShown)
        exact_ = false;
      else
        packets_[decoded.packet].frame = frames;
      // Parsers take frames for key frames that are none.
      if (decoded.frame->pict_type == AV_PICTURE_TYPE_I) intra_.insert(decoded.packet);
    }
    if (frames == 0) noFrame(decoder_);
    return VideoIndex(keys_.path(), frames, std::move(packets_), starts());
  }

 private:
  void readPackets() {
    const PacketPtr packet = newPacket();
    std::int64_t number = 0;
    while (keys_.next(*packet, number)) {
      if ((packet->flags & AV_PKT_FLAG_KEY) != 0) found_.push_back({number, markOf(*packet), packet->dts});
      packets_.push_back({markOf(*packet), VideoIndex::notShown});
    }
  }

  // Key frames that are shown and can be found by their time, in the order of the file and of the screen.
  std::vector<Start> starts() const {
    std::vector<Start> starts;
    if (!exact_) return starts;
    for (const KeyPacket& key : found_) {
      const std::int64_t frame = packets_[key.packet].frame;
      if (frame != VideoIndex::notShown && key.mark.pts != AV_NOPTS_VALUE && intra_.contains(key.packet) &&
          (starts.empty() || starts.back().frame < frame))
        starts.push_back({key, frame});
    }
    return starts;
  }

  VideoDecoder decoder_;
  VideoDemuxer keys_;
  std::vector<Packet> packets_;
  std::vector<KeyPacket> found_;
  std::set<std::int64_t> intra_;  // packets of whole pictures
  bool exact_ = true;             // each frame is of a packet of its own
};

}  // namespace

std::int64_t VideoIndex::frameOf(std::int64_t packet, const PacketMark& mark) const noexcept {
  if (packet < 0 || packet >= static_cast<std::int64_t>(packets_.size())) return notShown;
  const Packet& known = packets_[packet];
  return known.mark.content == mark.content ? known.frame : notShown;
}

const VideoIndex::Start* VideoIndex::startFor(std::int64_t frame) const noexcept {
  const auto after =
      std::upper_bound(starts_.begin(), starts_.end(), frame,
                       [](std::int64_t value, const Start& start) { return value < start.frame; });
  return after == starts_.begin() ? nullptr : &*(after - 1);
}

std::shared_ptr<const VideoIndex> indexVideo(const std::filesystem::path& path) {
  if (auto index = PacketPass(path).run(); index && isConfirmed(*index))
    return std::make_shared<const VideoIndex>(*std::move(index));
  return std::make_shared<const VideoIndex>(DecodingPass(path).run());
}

}  // namespace cut::trainer
