#include "frame_translator.hpp"

#include "caps.hpp"
#include "cut/error.hpp"

namespace cut::gst {
namespace {

template <typename View>
View viewOf(GstVideoFrame* frame, const PixelLayout& layout) {
  using Byte = std::remove_pointer_t<decltype(View::data)>;
  return {static_cast<Byte*>(GST_VIDEO_FRAME_PLANE_DATA(frame, 0)), GST_VIDEO_FRAME_PLANE_STRIDE(frame, 0),
          GST_VIDEO_FRAME_WIDTH(frame), GST_VIDEO_FRAME_HEIGHT(frame), layout};
}

GstVideoInfo rgbLike(const GstVideoInfo& info) {
  GstVideoInfo rgb;
  gst_video_info_init(&rgb);
  if (!gst_video_info_set_format(&rgb, GST_VIDEO_FORMAT_RGB, static_cast<guint>(info.width),
                                 static_cast<guint>(info.height)))
    throw Error(ErrorKind::unsupported, "frames of this size do not fit RGB");
  rgb.fps_n = info.fps_n;
  rgb.fps_d = info.fps_d;
  // As videoconvert does: the matrix and the range are undone, primaries and transfer stay the frame's.
  rgb.colorimetry.primaries = info.colorimetry.primaries;
  rgb.colorimetry.transfer = info.colorimetry.transfer;
  return rgb;
}

ConverterPtr makeConverter(const GstVideoInfo& from, const GstVideoInfo& to) {
  ConverterPtr converter(gst_video_converter_new(&from, &to, nullptr));
  if (!converter)
    throw Error(ErrorKind::unsupported, std::string("GStreamer cannot convert ") +
                                            gst_video_format_to_string(GST_VIDEO_INFO_FORMAT(&from)) +
                                            " to " + gst_video_format_to_string(GST_VIDEO_INFO_FORMAT(&to)));
  return converter;
}

}  // namespace

FrameTranslator::Converters::Converters(const GstVideoInfo& info)
    : rgb(rgbLike(info)), toRgb(makeConverter(info, rgb)), fromRgb(makeConverter(rgb, info)) {}

FrameTranslator::FrameTranslator(std::shared_ptr<SharedModel> model, const GstVideoInfo& info)
    : model_(std::move(model)), info_(info), layout_(packedLayout(info)) {
  if (const char* why = refusal(info)) throw Error(ErrorKind::unsupported, why);
  if (!layout_) {
    converters_.emplace(info);
    spare_.push_back(takePair());
  }
  stream_ = model_->makeStream();
}

Prepared FrameTranslator::prepare(WarmUp warmUp, const std::shared_ptr<Signal>& signal,
                                  std::optional<Signal::Clock::time_point> deadline) {
  if (!outcome_) {
    const auto outcome = std::make_shared<std::optional<Outcome>>();
    stream_->configure(
        {GST_VIDEO_INFO_WIDTH(&info_), GST_VIDEO_INFO_HEIGHT(&info_)}, warmUp,
        [signal, outcome](const Outcome& result) { signal->change([&] { *outcome = result; }); });
    outcome_ = outcome;
  }
  const Woken woken = signal->wait([this] { return outcome_->has_value(); }, deadline);
  if (woken != Woken::ready) return {woken, 0};
  const Outcome outcome = signal->look([this] { return **outcome_; });
  if (!outcome.fault) return {woken, outcome.ran};
  outcome_.reset();
  throw Error(outcome.fault->kind, outcome.fault->message);
}

std::unique_ptr<RgbPair> FrameTranslator::takePair() {
  if (spare_.empty()) return std::make_unique<RgbPair>(converters_->rgb);
  auto pair = std::move(spare_.back());
  spare_.pop_back();
  return pair;
}

void FrameTranslator::begin(const std::shared_ptr<Frame>& frame, Rendering& rendering,
                            const std::shared_ptr<Signal>& signal) {
  rendering.by = shared_from_this();
  GstVideoFrame* from = frame->from->get();
  GstVideoFrame* to = rendering.target;
  if (converters_) {
    rendering.rgb = takePair();
    gst_video_converter_frame(converters_->toRgb.get(), from, rendering.rgb->input.get());
    from = rendering.rgb->input.get();
    to = rendering.rgb->output.get();
  }
  const PixelLayout layout = layout_.value_or(PixelLayout{});
  stream_->translate(viewOf<ImageView>(from, layout), viewOf<MutableImageView>(to, layout),
                     [frame, &rendering, signal](const Outcome& outcome) {
                       signal->change([&] {
                         rendering.outcome = outcome;
                         rendering.finished = true;
                       });
                     });
}

void FrameTranslator::finish(Rendering& rendering) {
  if (!rendering.rgb) return;
  gst_video_converter_frame(converters_->fromRgb.get(), rendering.rgb->output.get(), rendering.target);
  spare_.push_back(std::move(rendering.rgb));
}

}  // namespace cut::gst
