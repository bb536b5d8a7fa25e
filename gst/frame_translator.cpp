// SPDX-License-Identifier: MIT
#include "frame_translator.hpp"

#include <utility>

#include "messages.hpp"

namespace cut::gst {
namespace {

constexpr gint tallestStandardDefinition = 576;

PixelLayout packedLayout(const GstVideoFormatInfo* format) {
  if (GST_VIDEO_FORMAT_INFO_IS_GRAY(format)) return PixelLayout{1, 1, {0, 0, 0}, -1};
  const auto offset = [format](guint component) { return static_cast<int>(format->poffset[component]); };
  PixelLayout layout{3, format->pixel_stride[0], {offset(0), offset(1), offset(2)}, -1};
  // The padding byte of RGBx is copied like alpha: that costs nothing, and leaves no uninitialized byte.
  if (layout.pixelStride == 4) layout.alpha = 6 - layout.offset[0] - layout.offset[1] - layout.offset[2];
  return layout;
}

YuvComponent componentOf(const GstVideoFormatInfo* format, guint component) {
  int offset = static_cast<int>(format->poffset[component]);
  // GStreamer 1.22 says that V of P010 begins at byte 1 of the plane; it is the second 16-bit word.
  if (GST_VIDEO_FORMAT_INFO_DEPTH(format, component) > 8) offset += offset % 2;
  return {static_cast<int>(format->plane[component]), offset, format->pixel_stride[component]};
}

YuvMatrix matrixOf(const GstVideoInfo& info) {
  switch (info.colorimetry.matrix) {
    case GST_VIDEO_COLOR_MATRIX_RGB:
      return YuvMatrix::identity;
    case GST_VIDEO_COLOR_MATRIX_FCC:
      return YuvMatrix::fcc;
    case GST_VIDEO_COLOR_MATRIX_BT601:
      return YuvMatrix::bt601;
    case GST_VIDEO_COLOR_MATRIX_BT709:
      return YuvMatrix::bt709;
    case GST_VIDEO_COLOR_MATRIX_SMPTE240M:
      return YuvMatrix::smpte240m;
    case GST_VIDEO_COLOR_MATRIX_BT2020:
      return YuvMatrix::bt2020;
    default:
      return info.height > tallestStandardDefinition ? YuvMatrix::bt709 : YuvMatrix::bt601;
  }
}

void setColors(YuvFormat& format, const GstVideoInfo& info) {
  const bool rgb = GST_VIDEO_INFO_IS_RGB(&info);
  format.matrix = rgb ? YuvMatrix::identity : matrixOf(info);
  const GstVideoColorRange range = info.colorimetry.range;
  const bool full = range == GST_VIDEO_COLOR_RANGE_0_255 || (rgb && range != GST_VIDEO_COLOR_RANGE_16_235);
  format.range = full ? YuvRange::full : YuvRange::limited;
  if (info.chroma_site == GST_VIDEO_CHROMA_SITE_UNKNOWN) {
    format.siteX = full ? ChromaSite::centered : ChromaSite::cosited;
    format.siteY = ChromaSite::centered;
    return;
  }
  const auto site = [&info](guint flag) {
    return (static_cast<guint>(info.chroma_site) & flag) != 0 ? ChromaSite::cosited : ChromaSite::centered;
  };
  format.siteX = site(GST_VIDEO_CHROMA_SITE_H_COSITED);
  format.siteY = site(GST_VIDEO_CHROMA_SITE_V_COSITED);
}

// Planar RGB goes through as YUV with the identity matrix: G is Y, B is U, R is V (ITU-T H.273).
YuvFormat yuvFormat(const GstVideoInfo& info) {
  const GstVideoFormatInfo* finfo = info.finfo;
  const bool rgb = GST_VIDEO_INFO_IS_RGB(&info);
  YuvFormat format;
  format.depth = static_cast<int>(GST_VIDEO_FORMAT_INFO_DEPTH(finfo, 0));
  format.shift = static_cast<int>(GST_VIDEO_FORMAT_INFO_SHIFT(finfo, 0));
  format.y = componentOf(finfo, rgb ? GST_VIDEO_COMP_G : GST_VIDEO_COMP_Y);
  format.u = componentOf(finfo, rgb ? GST_VIDEO_COMP_B : GST_VIDEO_COMP_U);
  format.v = componentOf(finfo, rgb ? GST_VIDEO_COMP_R : GST_VIDEO_COMP_V);
  if (GST_VIDEO_FORMAT_INFO_HAS_ALPHA(finfo)) format.alpha = componentOf(finfo, GST_VIDEO_COMP_A);
  format.chromaShiftX = static_cast<int>(GST_VIDEO_FORMAT_INFO_W_SUB(finfo, 1));
  format.chromaShiftY = static_cast<int>(GST_VIDEO_FORMAT_INFO_H_SUB(finfo, 1));
  setColors(format, info);
  return format;
}

template <typename View>
View imageOf(const GstVideoFrame& frame, const PixelLayout& layout) {
  using Byte = std::remove_pointer_t<decltype(View::data)>;
  return {static_cast<Byte*>(GST_VIDEO_FRAME_PLANE_DATA(&frame, 0)), GST_VIDEO_FRAME_PLANE_STRIDE(&frame, 0),
          GST_VIDEO_FRAME_WIDTH(&frame), GST_VIDEO_FRAME_HEIGHT(&frame), layout};
}

template <typename View>
View yuvOf(const GstVideoFrame& frame, const YuvFormat& format) {
  using Byte = std::remove_pointer_t<typename decltype(View::planes)::value_type>;
  View view;
  view.width = GST_VIDEO_FRAME_WIDTH(&frame);
  view.height = GST_VIDEO_FRAME_HEIGHT(&frame);
  view.format = format;
  for (guint plane = 0; plane < GST_VIDEO_FRAME_N_PLANES(&frame); ++plane) {
    view.planes[plane] = static_cast<Byte*>(GST_VIDEO_FRAME_PLANE_DATA(&frame, plane));
    view.strides[plane] = GST_VIDEO_FRAME_PLANE_STRIDE(&frame, plane);
  }
  return view;
}

}  // namespace

PixelFormat pixelFormat(const GstVideoInfo& info) {
  const bool packed = GST_VIDEO_INFO_IS_RGB(&info) && GST_VIDEO_INFO_N_PLANES(&info) == 1;
  if (packed || GST_VIDEO_INFO_IS_GRAY(&info)) return packedLayout(info.finfo);
  return yuvFormat(info);
}

ImageView viewOf(const GstVideoFrame& frame, const PixelLayout& layout) {
  return imageOf<ImageView>(frame, layout);
}

YuvView viewOf(const GstVideoFrame& frame, const YuvFormat& format) {
  return yuvOf<YuvView>(frame, format);
}

MutableImageView mutableViewOf(const GstVideoFrame& frame, const PixelLayout& layout) {
  return imageOf<MutableImageView>(frame, layout);
}

MutableYuvView mutableViewOf(const GstVideoFrame& frame, const YuvFormat& format) {
  return yuvOf<MutableYuvView>(frame, format);
}

FrameTranslator::FrameTranslator(std::shared_ptr<SharedModel> model, const GstVideoInfo& info)
    : model_(std::move(model)), info_(info), format_(pixelFormat(info)), stream_(model_->makeStream()) {}

Prepared FrameTranslator::prepare(WarmUp warmUp, const std::shared_ptr<InterruptibleCondition>& condition,
                                  std::optional<InterruptibleCondition::Clock::time_point> deadline) {
  if (!outcome_) {
    const auto outcome = std::make_shared<std::optional<Outcome>>();
    const auto configured = [condition, outcome](const Outcome& result) {
      condition->change([&] { *outcome = result; });
    };
    const Size size{GST_VIDEO_INFO_WIDTH(&info_), GST_VIDEO_INFO_HEIGHT(&info_)};
    if (auto fault = faultOf([&] { stream_->configureAsync(size, warmUp, configured); }))
      return {WaitResult::ready, std::move(fault), 0};
    outcome_ = outcome;
  }
  const WaitResult wait = condition->wait([this] { return outcome_->has_value(); }, deadline);
  if (wait != WaitResult::ready) return {wait, std::nullopt, 0};
  const Outcome outcome = condition->read([this] { return **outcome_; });
  if (outcome.fault) outcome_.reset();
  return {wait, outcome.fault, outcome.ran};
}

void FrameTranslator::begin(const std::shared_ptr<void>& owner, const GstVideoFrame& source,
                            Rendering& rendering, const std::shared_ptr<InterruptibleCondition>& condition) {
  rendering.translator = shared_from_this();
  const auto finished = [owner, &rendering, condition](const Outcome& outcome) {
    condition->change([&] {
      rendering.outcome = outcome;
      rendering.finished = true;
    });
  };
  std::visit(
      [&](const auto& format) {
        stream_->translateAsync(viewOf(source, format), mutableViewOf(*rendering.target, format), finished);
      },
      format_);
}

}  // namespace cut::gst
