#include "picture.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace cut::test {
namespace {

class Frame {
 public:
  Frame(const Picture& picture, GstMapFlags access) {
    if (!gst_video_frame_map(&frame_, &picture.info, picture.buffer.get(), access))
      throw std::runtime_error("cannot map a picture of " + picture.caps);
  }
  ~Frame() { gst_video_frame_unmap(&frame_); }
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;

  const GstVideoFrame* operator->() const { return &frame_; }
  const GstVideoFrame* get() const { return &frame_; }

  // Of the pixel of a packed format, in its first plane.
  guint8 byte(guint place, int x, int y) const {
    const auto* row = static_cast<const guint8*>(GST_VIDEO_FRAME_PLANE_DATA(&frame_, 0)) +
                      std::ptrdiff_t{y} * GST_VIDEO_FRAME_PLANE_STRIDE(&frame_, 0);
    return row[std::ptrdiff_t{x} * frame_.info.finfo->pixel_stride[0] + place];
  }

  // In grey levels of 8 bits.
  double level(guint component, int x, int y) const {
    const GstVideoFormatInfo* format = frame_.info.finfo;
    const auto* at = GST_VIDEO_FRAME_COMP_DATA(&frame_, component) +
                     y * GST_VIDEO_FRAME_COMP_STRIDE(&frame_, component) +
                     x * GST_VIDEO_FRAME_COMP_PSTRIDE(&frame_, component);
    const guint depth = format->depth[component];
    if (depth == 8) return *at;
    // GStreamer 1.22 has P010's V begin at the second byte; it is the second sample.
    at += format->poffset[component] % 2;
    return ((at[0] | at[1] << 8) >> format->shift[component]) / std::ldexp(1.0, static_cast<int>(depth) - 8);
  }

 private:
  GstVideoFrame frame_{};
};

GstVideoInfo infoOf(const std::string& caps) {
  GstVideoInfo info;
  EXPECT_TRUE(gst_video_info_from_caps(&info, capsOf(caps).get())) << caps;
  return info;
}

guint8 noise(std::mt19937& random, double slope) {
  return static_cast<guint8>(std::clamp(slope * 255 + static_cast<double>(random() % 81) - 40, 0.0, 255.0));
}

ImageView viewOf(const Picture& picture, const Frame& frame) {
  const bool grey = GST_VIDEO_INFO_FORMAT(&picture.info) == GST_VIDEO_FORMAT_GRAY8;
  return {static_cast<const std::uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(frame.get(), 0)),
          GST_VIDEO_FRAME_PLANE_STRIDE(frame.get(), 0), picture.info.width, picture.info.height,
          grey ? PixelLayout{1, 1, {0, 0, 0}, -1} : PixelLayout{}};
}

}  // namespace

Picture makePicture(const std::string& caps, Padding padding) {
  Picture picture{infoOf(caps), caps, nullptr};
  const GstVideoInfo& info = picture.info;
  gsize offset[GST_VIDEO_MAX_PLANES] = {};
  gint stride[GST_VIDEO_MAX_PLANES] = {};
  gsize size = padding.planes;
  std::vector<gsize> rows;
  for (guint plane = 0; plane < GST_VIDEO_INFO_N_PLANES(&info); ++plane) {
    const gsize end = plane + 1 < GST_VIDEO_INFO_N_PLANES(&info) ? info.offset[plane + 1] : info.size;
    stride[plane] = info.stride[plane] + padding.rows;
    rows.push_back((end - info.offset[plane]) / static_cast<gsize>(info.stride[plane]));
    offset[plane] = size;
    size += rows.back() * static_cast<gsize>(stride[plane]) + padding.planes;
  }
  std::mt19937 random(7);
  std::vector<guint8> bytes(size);
  for (guint8& byte : bytes) byte = static_cast<guint8>(random());
  for (std::size_t plane = 0; plane < rows.size(); ++plane)
    for (gsize y = 0; y < rows[plane]; ++y)
      for (int x = 0; x < info.stride[plane]; ++x)
        bytes[offset[plane] + y * static_cast<gsize>(stride[plane]) + static_cast<gsize>(x)] =
            noise(random, static_cast<double>(x) / info.stride[plane] / 2 +
                              static_cast<double>(y) / static_cast<double>(rows[plane]) / 2);
  picture.buffer.reset(gst_buffer_new_memdup(bytes.data(), bytes.size()));
  if (padding.rows || padding.planes)
    gst_buffer_add_video_meta_full(picture.buffer.get(), GST_VIDEO_FRAME_FLAG_NONE,
                                   GST_VIDEO_INFO_FORMAT(&info), static_cast<guint>(info.width),
                                   static_cast<guint>(info.height), GST_VIDEO_INFO_N_PLANES(&info), offset,
                                   stride);
  return picture;
}

Picture translate(GstHarness* harness, const Picture& picture) {
  gst_harness_push(harness, gst_buffer_ref(picture.buffer.get()));
  Picture result;
  result.buffer.reset(gst_harness_try_pull(harness));
  if (!result.buffer) return result;
  const CapsPtr caps(gst_pad_get_current_caps(harness->sinkpad));
  g_autofree gchar* text = gst_caps_to_string(caps.get());
  result.caps = text;
  result.info = infoOf(result.caps);
  return result;
}

Picture convert(const Picture& picture, const std::string& caps) {
  const HarnessPtr harness(gst_harness_new("videoconvert"));
  gst_harness_set_caps(harness.get(), capsOf(picture.caps).release(), capsOf(caps).release());
  return translate(harness.get(), picture);
}

Picture reference(SharedModel& model, const Picture& picture) {
  Picture result{picture.info, picture.caps,
                 BufferPtr(gst_buffer_new_allocate(nullptr, picture.info.size, nullptr))};
  const Frame in(picture, GST_MAP_READ);
  const Frame out(result, GST_MAP_WRITE);
  const ImageView from = viewOf(picture, in);
  const ImageView to = viewOf(result, out);
  const auto stream = model.makeStream();
  stream->configure({from.width, from.height});
  stream->translate(
      from, MutableImageView{const_cast<std::uint8_t*>(to.data), to.stride, to.width, to.height, to.layout});
  return result;
}

Picture referenceByWayOfRgb(SharedModel& model, const Picture& picture) {
  return convert(reference(model, convert(picture, "video/x-raw,format=RGB")), picture.caps);
}

Difference compare(const Picture& a, const Picture& b) {
  Difference result;
  const Frame first(a, GST_MAP_READ);
  const Frame second(b, GST_MAP_READ);
  double sum = 0;
  double count = 0;
  for (guint c = 0; c < GST_VIDEO_FRAME_N_COMPONENTS(first.get()); ++c)
    for (int y = 0; y < GST_VIDEO_FRAME_COMP_HEIGHT(first.get(), c); ++y)
      for (int x = 0; x < GST_VIDEO_FRAME_COMP_WIDTH(first.get(), c); ++x) {
        const double difference = std::abs(first.level(c, x, y) - second.level(c, x, y));
        if (c == GST_VIDEO_COMP_A) {
          result.alphaDiffers = result.alphaDiffers || difference != 0;
          continue;
        }
        result.largest = std::max(result.largest, difference);
        sum += difference;
        ++count;
      }
  result.mean = sum / count;
  // The fourth byte of RGBx and its kin is no component.
  const GstVideoFormatInfo* format = a.info.finfo;
  if (GST_VIDEO_INFO_IS_RGB(&a.info) && !GST_VIDEO_INFO_HAS_ALPHA(&a.info) && format->pixel_stride[0] == 4) {
    const guint place = 6 - format->poffset[0] - format->poffset[1] - format->poffset[2];
    for (int y = 0; y < a.info.height; ++y)
      for (int x = 0; x < a.info.width; ++x)
        result.alphaDiffers = result.alphaDiffers || first.byte(place, x, y) != second.byte(place, x, y);
  }
  return result;
}

}  // namespace cut::test
