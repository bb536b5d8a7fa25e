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

FrameTranslator::Conversion::Conversion(GstVideoInfo info)
    : input(rgbLike(info)),
      output(rgbLike(info)),
      toRgb(makeConverter(info, rgbLike(info))),
      fromRgb(makeConverter(rgbLike(info), info)) {}

FrameTranslator::FrameTranslator(Stream& stream, const GstVideoInfo& info)
    : stream_(stream), layout_(packedLayout(info)) {
  if (const char* why = refusal(info)) throw Error(ErrorKind::unsupported, why);
  if (!layout_) conversion_ = std::make_unique<Conversion>(info);
  warmUpSeconds_ = stream_.configure({GST_VIDEO_INFO_WIDTH(&info), GST_VIDEO_INFO_HEIGHT(&info)});
}

void FrameTranslator::translate(GstVideoFrame* in, GstVideoFrame* out) {
  if (!conversion_) {
    stream_.translate(viewOf<ImageView>(in, *layout_), viewOf<MutableImageView>(out, *layout_));
    return;
  }
  constexpr PixelLayout rgb;
  GstVideoFrame* const input = conversion_->input.get();
  GstVideoFrame* const output = conversion_->output.get();
  gst_video_converter_frame(conversion_->toRgb.get(), in, input);
  stream_.translate(viewOf<ImageView>(input, rgb), viewOf<MutableImageView>(output, rgb));
  gst_video_converter_frame(conversion_->fromRgb.get(), output, out);
}

}  // namespace cut::gst
