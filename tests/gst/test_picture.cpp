// SPDX-License-Identifier: MIT
#include "test_picture.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "yuv_reference.hpp"

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

  // A byte of a packed format's pixel.
  guint8 byte(guint place, int x, int y) const {
    const auto* row = static_cast<const guint8*>(GST_VIDEO_FRAME_PLANE_DATA(&frame_, 0)) +
                      std::ptrdiff_t{y} * GST_VIDEO_FRAME_PLANE_STRIDE(&frame_, 0);
    return row[std::ptrdiff_t{x} * frame_.info.finfo->pixel_stride[0] + place];
  }

  // A sample in the depth of its format.
  int sample(guint component, int x, int y) const {
    const GstVideoFormatInfo* format = frame_.info.finfo;
    const guint8* at = place(component, x, y);
    const int word = format->depth[component] > 8 ? at[0] | at[1] << 8 : at[0];
    return word >> format->shift[component] & ((1 << format->depth[component]) - 1);
  }

  void setSample(guint component, int x, int y, int value) {
    const GstVideoFormatInfo* format = frame_.info.finfo;
    guint8* at = place(component, x, y);
    const int word = value << format->shift[component];
    at[0] = static_cast<guint8>(word);
    if (format->depth[component] > 8) at[1] = static_cast<guint8>(word >> 8);
  }

  void setSamples(const Planes3& samples, const std::array<guint, 3>& components) {
    for (std::size_t c = 0; c < 3; ++c)
      for (int y = 0; y < samples[c].height; ++y)
        for (int x = 0; x < samples[c].width; ++x)
          setSample(components[c], x, y, static_cast<int>(samples[c].at(x, y)));
  }

  // In grey levels of 8 bits.
  double level(guint component, int x, int y) const {
    return sample(component, x, y) /
           std::ldexp(1.0, static_cast<int>(frame_.info.finfo->depth[component]) - 8);
  }

 private:
  guint8* place(guint component, int x, int y) const {
    const GstVideoFormatInfo* format = frame_.info.finfo;
    auto* at = GST_VIDEO_FRAME_COMP_DATA(&frame_, component) +
               y * GST_VIDEO_FRAME_COMP_STRIDE(&frame_, component) +
               x * GST_VIDEO_FRAME_COMP_PSTRIDE(&frame_, component);
    // GStreamer 1.22 has P010's V begin at the second byte; it is the second sample.
    return at + (format->depth[component] > 8 ? format->poffset[component] % 2 : 0);
  }

  GstVideoFrame frame_{};
};

GstVideoInfo infoOf(const std::string& caps) {
  GstVideoInfo info;
  EXPECT_TRUE(gst_video_info_from_caps(&info, capsOf(caps).get())) << caps;
  return info;
}

Picture emptyPicture(const std::string& caps) {
  const GstVideoInfo info = infoOf(caps);
  return {info, caps, BufferPtr(gst_buffer_new_allocate(nullptr, info.size, nullptr))};
}

guint8 noise(std::mt19937& random, double slope) {
  return static_cast<guint8>(std::clamp(slope * 255 + static_cast<double>(random() % 81) - 40, 0.0, 255.0));
}

// The meaning of the samples by ITU-T H.273 and the caps, without their layout.
YuvFormat meaningOf(const GstVideoInfo& info) {
  YuvFormat format;
  format.depth = static_cast<int>(info.finfo->depth[0]);
  format.chromaShiftX = static_cast<int>(info.finfo->w_sub[1]);
  format.chromaShiftY = static_cast<int>(info.finfo->h_sub[1]);
  const auto matrix = info.colorimetry.matrix;
  format.matrix = GST_VIDEO_INFO_IS_RGB(&info)                 ? YuvMatrix::identity
                  : matrix == GST_VIDEO_COLOR_MATRIX_BT709     ? YuvMatrix::bt709
                  : matrix == GST_VIDEO_COLOR_MATRIX_BT2020    ? YuvMatrix::bt2020
                  : matrix == GST_VIDEO_COLOR_MATRIX_SMPTE240M ? YuvMatrix::smpte240m
                  : matrix == GST_VIDEO_COLOR_MATRIX_FCC       ? YuvMatrix::fcc
                                                               : YuvMatrix::bt601;
  const bool full = info.colorimetry.range == GST_VIDEO_COLOR_RANGE_0_255;
  format.range = full ? YuvRange::full : YuvRange::limited;
  const auto has = [&info](int flag) { return (info.chroma_site & flag) != 0; };
  const bool unknown = info.chroma_site == GST_VIDEO_CHROMA_SITE_UNKNOWN;
  const bool left = unknown ? !full : has(GST_VIDEO_CHROMA_SITE_H_COSITED);
  format.siteX = left ? ChromaSite::cosited : ChromaSite::centered;
  const bool top = !unknown && has(GST_VIDEO_CHROMA_SITE_V_COSITED);
  format.siteY = top ? ChromaSite::cosited : ChromaSite::centered;
  return format;
}

// GStreamer's component numbers of Y, U and V, as the reference has them.
std::array<guint, 3> componentsOf(const GstVideoInfo& info) {
  if (GST_VIDEO_INFO_IS_RGB(&info)) return {GST_VIDEO_COMP_G, GST_VIDEO_COMP_B, GST_VIDEO_COMP_R};
  return {GST_VIDEO_COMP_Y, GST_VIDEO_COMP_U, GST_VIDEO_COMP_V};
}

// The engine's translation of R, G and B in [-1, 1].
Planes3 translate(SharedModel& model, const Planes3& rgb) {
  const std::size_t pixels = rgb[0].values.size();
  std::vector<float> in(3 * pixels), out(in.size());
  for (std::size_t i = 0; i < in.size(); ++i) in[i] = static_cast<float>(rgb[i / pixels].values[i % pixels]);
  const auto stream = model.makeStream();
  stream->configure({rgb[0].width, rgb[0].height});
  stream->translate(in, out);
  Planes3 result = rgb;
  for (std::size_t i = 0; i < out.size(); ++i)
    result[i / pixels].values[i % pixels] = static_cast<double>(out[i]);
  return result;
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
  Picture result = emptyPicture(picture.caps);
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

Picture encoded(const Picture& rgb, const std::string& caps) {
  const Frame in(rgb, GST_MAP_READ);
  const int width = rgb.info.width, height = rgb.info.height;
  Planes3 planes{Samples(width, height), Samples(width, height), Samples(width, height)};
  for (guint c = 0; c < 3; ++c)
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x) planes[c].at(x, y) = in.sample(c, x, y) / 127.5 - 1;
  Picture result = emptyPicture(caps);
  Frame out(result, GST_MAP_WRITE);
  out.setSamples(yuvOf(planes, meaningOf(result.info)), componentsOf(result.info));
  return result;
}

Picture expectedTranslation(SharedModel& model, const Picture& picture) {
  if (GST_VIDEO_INFO_IS_RGB(&picture.info) && GST_VIDEO_INFO_N_PLANES(&picture.info) == 1)
    return convert(reference(model, convert(picture, "video/x-raw,format=RGB")), picture.caps);
  const YuvFormat format = meaningOf(picture.info);
  const auto components = componentsOf(picture.info);
  Planes3 samples = emptyYuv(picture.info.width, picture.info.height, format);
  const Frame in(picture, GST_MAP_READ);
  for (std::size_t c = 0; c < 3; ++c)
    for (int y = 0; y < samples[c].height; ++y)
      for (int x = 0; x < samples[c].width; ++x) samples[c].at(x, y) = in.sample(components[c], x, y);
  Picture result = emptyPicture(picture.caps);
  Frame out(result, GST_MAP_WRITE);
  out.setSamples(yuvOf(translate(model, rgbOf(samples, format)), format), components);
  if (GST_VIDEO_INFO_HAS_ALPHA(&picture.info))
    for (int y = 0; y < picture.info.height; ++y)
      for (int x = 0; x < picture.info.width; ++x)
        out.setSample(GST_VIDEO_COMP_A, x, y, in.sample(GST_VIDEO_COMP_A, x, y));
  return result;
}

Difference compare(const Picture& a, const Picture& b) {
  Difference result;
  const Frame first(a, GST_MAP_READ);
  const Frame second(b, GST_MAP_READ);
  double sum = 0, squares = 0, count = 0;
  for (guint c = 0; c < GST_VIDEO_FRAME_N_COMPONENTS(first.get()); ++c)
    for (int y = 0; y < GST_VIDEO_FRAME_COMP_HEIGHT(first.get(), c); ++y)
      for (int x = 0; x < GST_VIDEO_FRAME_COMP_WIDTH(first.get(), c); ++x) {
        const double signedDifference = second.level(c, x, y) - first.level(c, x, y);
        const double difference = std::abs(signedDifference);
        if (c == GST_VIDEO_COMP_A) {
          result.alphaDiffers = result.alphaDiffers || difference != 0;
          continue;
        }
        result.largest = std::max(result.largest, difference);
        result.differing += difference != 0;
        sum += difference;
        squares += difference * difference;
        result.bias += signedDifference;
        ++count;
      }
  result.mean = sum / count;
  result.bias /= count;
  result.psnr = 10 * std::log10(255 * 255 / (squares / count));
  result.differing /= count;
  // The padding byte of RGBx is not a component.
  const GstVideoFormatInfo* format = a.info.finfo;
  if (GST_VIDEO_INFO_IS_RGB(&a.info) && GST_VIDEO_INFO_N_PLANES(&a.info) == 1 &&
      !GST_VIDEO_INFO_HAS_ALPHA(&a.info) && format->pixel_stride[0] == 4) {
    const guint place = 6 - format->poffset[0] - format->poffset[1] - format->poffset[2];
    for (int y = 0; y < a.info.height; ++y)
      for (int x = 0; x < a.info.width; ++x)
        result.alphaDiffers = result.alphaDiffers || first.byte(place, x, y) != second.byte(place, x, y);
  }
  return result;
}

}  // namespace cut::test
