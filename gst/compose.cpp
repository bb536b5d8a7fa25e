#include "compose.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace cut::gst {
namespace {

// A plane's rows of both pictures.
struct Rows {
  guint8* onto;
  const guint8* other;
  gint bytes;
};

// The first of a plane's components says how its pixels lie.
guint firstComponent(const GstVideoFrame* frame, guint plane) {
  guint component = 0;
  while (static_cast<guint>(GST_VIDEO_FRAME_COMP_PLANE(frame, component)) != plane) ++component;
  return component;
}

// Where two columns share a macropixel (YUY2, UYVY), the last one of an odd width has one of its own.
gint bytesOf(const GstVideoFrame* frame, guint component, gint columns) {
  const GstVideoFormatInfo* format = frame->info.finfo;
  const bool macropixels =
      GST_VIDEO_FRAME_N_PLANES(frame) == 1 && GST_VIDEO_FORMAT_INFO_W_SUB(format, 1) == 1;
  const gint width =
      macropixels ? GST_ROUND_UP_2(columns) : GST_VIDEO_FORMAT_INFO_SCALE_WIDTH(format, component, columns);
  return width * GST_VIDEO_FORMAT_INFO_PSTRIDE(format, component);
}

template <typename Work>
void eachRow(GstVideoFrame* onto, const GstVideoFrame* other, gint columns, Work&& work) {
  for (guint plane = 0; plane < GST_VIDEO_FRAME_N_PLANES(onto); ++plane) {
    const guint component = firstComponent(onto, plane);
    const gint height = GST_VIDEO_FRAME_COMP_HEIGHT(onto, component);
    const gint bytes =
        std::min({bytesOf(onto, component, columns), std::abs(GST_VIDEO_FRAME_PLANE_STRIDE(onto, plane)),
                  std::abs(GST_VIDEO_FRAME_PLANE_STRIDE(other, plane))});
    for (gint y = 0; y < height; ++y) {
      auto* to = static_cast<guint8*>(GST_VIDEO_FRAME_PLANE_DATA(onto, plane));
      const auto* from = static_cast<const guint8*>(GST_VIDEO_FRAME_PLANE_DATA(other, plane));
      work(Rows{to + static_cast<gssize>(y) * GST_VIDEO_FRAME_PLANE_STRIDE(onto, plane),
                from + static_cast<gssize>(y) * GST_VIDEO_FRAME_PLANE_STRIDE(other, plane), bytes});
    }
  }
}

// Of an interpolation: 65536 is one, so that the weight is finer than any sample.
using Weight = guint32;

guint32 mixed(guint32 a, guint32 b, Weight weight) {
  return (a * (65536 - weight) + b * weight + 32768) >> 16;
}

void mixBytes(guint8* onto, const guint8* other, gint count, Weight weight) {
  for (gint i = 0; i < count; ++i) onto[i] = static_cast<guint8>(mixed(onto[i], other[i], weight));
}

// Samples of more than 8 bits, which may lie in the upper part of their words (P010).
void mixWords(guint8* onto, const guint8* other, gint count, guint shift, Weight weight) {
  for (gint i = 0; i < count; ++i) {
    const guint32 a = static_cast<guint32>(GST_READ_UINT16_LE(onto + 2 * i)) >> shift;
    const guint32 b = static_cast<guint32>(GST_READ_UINT16_LE(other + 2 * i)) >> shift;
    GST_WRITE_UINT16_LE(onto + 2 * i, static_cast<guint16>(mixed(a, b, weight) << shift));
  }
}

}  // namespace

void mix(GstVideoFrame* onto, const GstVideoFrame* other, double weight) {
  const auto steps = static_cast<Weight>(std::lround(std::clamp(weight, 0.0, 1.0) * 65536));
  if (steps == 0) return;
  const bool words = GST_VIDEO_FRAME_COMP_DEPTH(onto, 0) > 8;
  const guint shift = GST_VIDEO_FORMAT_INFO_SHIFT(onto->info.finfo, 0);
  eachRow(onto, other, GST_VIDEO_FRAME_WIDTH(onto), [&](const Rows& rows) {
    if (words)
      mixWords(rows.onto, rows.other, rows.bytes / 2, shift, steps);
    else
      mixBytes(rows.onto, rows.other, rows.bytes, steps);
  });
}

void copyLeft(GstVideoFrame* onto, const GstVideoFrame* other, double part) {
  const gint width = GST_VIDEO_FRAME_WIDTH(onto);
  auto columns = static_cast<gint>(std::lround(std::clamp(part, 0.0, 1.0) * width));
  const bool sharedChroma = GST_VIDEO_INFO_IS_YUV(&onto->info) &&
                            GST_VIDEO_FORMAT_INFO_W_SUB(onto->info.finfo, GST_VIDEO_COMP_U) == 1;
  if (sharedChroma && columns < width) columns &= ~1;
  eachRow(onto, other, columns,
          [](const Rows& rows) { std::memcpy(rows.onto, rows.other, static_cast<gsize>(rows.bytes)); });
}

void copyFrame(GstVideoFrame* onto, const GstVideoFrame* other) {
  copyLeft(onto, other, 1);
}

}  // namespace cut::gst
