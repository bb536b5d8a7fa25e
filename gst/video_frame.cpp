// SPDX-License-Identifier: MIT
#include "video_frame.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "cuttranslate/error.hpp"

namespace cut::gst {
namespace {

// Bytes of a plane's row. Formats whose columns share a macropixel (YUY2) end with a whole one at odd widths.
gint rowBytes(const GstVideoFrame& frame, guint plane) {
  gint bytes = 0;
  for (guint i = 0; i < GST_VIDEO_FRAME_N_COMPONENTS(&frame); ++i)
    if (GST_VIDEO_FRAME_COMP_PLANE(&frame, i) == plane)
      bytes =
          std::max(bytes, GST_VIDEO_FRAME_COMP_WIDTH(&frame, i) * GST_VIDEO_FRAME_COMP_PSTRIDE(&frame, i));
  return bytes;
}

// The first component that lies in a plane: its subsampling and pixel stride are the plane's.
guint firstComponent(const GstVideoFrame& frame, guint plane) {
  guint component = 0;
  while (static_cast<guint>(GST_VIDEO_FRAME_COMP_PLANE(&frame, component)) != plane) ++component;
  return component;
}

std::string describeFormat(GstVideoFormat format, guint width, guint height) {
  return std::string(gst_video_format_to_string(format)) + " of " + std::to_string(width) + "x" +
         std::to_string(height);
}

// gst_video_frame_map() assumes that a meta fits the caps. Empty where it does.
std::string metaMismatch(const GstVideoMeta& meta, const GstVideoInfo& info) {
  const auto width = static_cast<guint>(info.width);
  const auto height = static_cast<guint>(info.height);
  if (meta.format == GST_VIDEO_INFO_FORMAT(&info) && meta.n_planes == GST_VIDEO_INFO_N_PLANES(&info) &&
      meta.width >= width && meta.height >= height)
    return {};
  return "GstVideoMeta and caps differ: " + describeFormat(meta.format, meta.width, meta.height) + " in " +
         std::to_string(meta.n_planes) + " planes; expected " +
         describeFormat(GST_VIDEO_INFO_FORMAT(&info), width, height) + " in " +
         std::to_string(GST_VIDEO_INFO_N_PLANES(&info));
}

// gst_video_frame_map() does not check a meta's strides either, only that each plane begins within the
// buffer. Empty where all rows do.
std::string planeMismatch(const GstVideoFrame& frame, guint plane) {
  const GstMapInfo& map = frame.map[frame.meta ? plane : 0];
  const gint stride = GST_VIDEO_FRAME_PLANE_STRIDE(&frame, plane);
  const gint row = rowBytes(frame, plane);
  const gint rows = GST_VIDEO_FRAME_COMP_HEIGHT(&frame, firstComponent(frame, plane));
  const gint64 first = static_cast<const guint8*>(GST_VIDEO_FRAME_PLANE_DATA(&frame, plane)) - map.data;
  const gint64 last = first + gint64{stride} * (rows - 1);
  if (std::min(first, last) >= 0 && std::max(first, last) + row <= static_cast<gint64>(map.size) &&
      (rows == 1 || std::abs(stride) >= row))
    return {};
  return "plane " + std::to_string(plane) + " has " + std::to_string(rows) + " rows of " +
         std::to_string(row) + " bytes from byte " + std::to_string(first) + " on, with a stride of " +
         std::to_string(stride) + "; expected rows within its " + std::to_string(map.size) +
         " bytes, which do not overlap";
}

std::string frameMismatch(const GstVideoFrame& frame) {
  std::string mismatch;
  for (guint i = 0; i < GST_VIDEO_FRAME_N_PLANES(&frame) && mismatch.empty(); ++i)
    mismatch = planeMismatch(frame, i);
  return mismatch;
}

// Replaces the buffer's memories by a single one: gst_video_meta_map() maps a plane only up to the end of the
// memory where it begins.
void mergeMemories(GstBuffer* buffer, GstMapFlags access) {
  GstMapInfo whole;
  if (gst_buffer_map(buffer, &whole, access)) gst_buffer_unmap(buffer, &whole);
}

// The same row of a plane in both frames.
struct Rows {
  guint8* onto;
  const guint8* other;
  gint bytes;
};

// Formats whose columns share a macropixel (YUY2, UYVY) end with a whole one at odd widths.
gint bytesOfColumns(const GstVideoFrame* frame, guint component, gint columns) {
  const GstVideoFormatInfo* format = frame->info.finfo;
  const bool macropixels =
      GST_VIDEO_FRAME_N_PLANES(frame) == 1 && GST_VIDEO_FORMAT_INFO_W_SUB(format, 1) == 1;
  const gint width =
      macropixels ? GST_ROUND_UP_2(columns) : GST_VIDEO_FORMAT_INFO_SCALE_WIDTH(format, component, columns);
  return width * GST_VIDEO_FORMAT_INFO_PSTRIDE(format, component);
}

template <typename Work>
void forEachRow(GstVideoFrame* onto, const GstVideoFrame* other, gint columns, Work&& work) {
  for (guint plane = 0; plane < GST_VIDEO_FRAME_N_PLANES(onto); ++plane) {
    const guint component = firstComponent(*onto, plane);
    const gint height = GST_VIDEO_FRAME_COMP_HEIGHT(onto, component);
    const gint bytes = std::min({bytesOfColumns(onto, component, columns),
                                 std::abs(GST_VIDEO_FRAME_PLANE_STRIDE(onto, plane)),
                                 std::abs(GST_VIDEO_FRAME_PLANE_STRIDE(other, plane))});
    for (gint y = 0; y < height; ++y) {
      auto* to = static_cast<guint8*>(GST_VIDEO_FRAME_PLANE_DATA(onto, plane));
      const auto* from = static_cast<const guint8*>(GST_VIDEO_FRAME_PLANE_DATA(other, plane));
      work(Rows{to + static_cast<gssize>(y) * GST_VIDEO_FRAME_PLANE_STRIDE(onto, plane),
                from + static_cast<gssize>(y) * GST_VIDEO_FRAME_PLANE_STRIDE(other, plane), bytes});
    }
  }
}

// Fixed point with 65536 as one, finer than 16-bit samples need.
using Weight = guint32;

guint32 blended(guint32 a, guint32 b, Weight weight) {
  return (a * (65536 - weight) + b * weight + 32768) >> 16;
}

void blendBytes(guint8* onto, const guint8* other, gint count, Weight weight) {
  for (gint i = 0; i < count; ++i) onto[i] = static_cast<guint8>(blended(onto[i], other[i], weight));
}

// 16-bit words whose samples may use the upper bits only (P010).
void blendWords(guint8* onto, const guint8* other, gint count, guint shift, Weight weight) {
  for (gint i = 0; i < count; ++i) {
    const guint32 a = static_cast<guint32>(GST_READ_UINT16_LE(onto + 2 * i)) >> shift;
    const guint32 b = static_cast<guint32>(GST_READ_UINT16_LE(other + 2 * i)) >> shift;
    GST_WRITE_UINT16_LE(onto + 2 * i, static_cast<guint16>(blended(a, b, weight) << shift));
  }
}

}  // namespace

MappedFrame::MappedFrame(const GstVideoInfo& info, GstBuffer* buffer, GstMapFlags access)
    : MappedFrame(info, access) {
  map(buffer);
  if (!mismatch_.empty() && gst_buffer_get_video_meta(buffer) && gst_buffer_n_memory(buffer) > 1) {
    unmap();
    // An input may be shared and is copied; an output must stay the same buffer.
    if (!(access & GST_MAP_WRITE)) merged_.reset(buffer = gst_buffer_copy(buffer));
    mergeMemories(buffer, access);
    map(buffer);
  }
}

void MappedFrame::map(GstBuffer* buffer) {
  const GstVideoMeta* meta = gst_buffer_get_video_meta(buffer);
  mismatch_ = meta ? metaMismatch(*meta, info_) : "";
  if (!mismatch_.empty()) return;
  // As GstVideoFilter does: the caller's reference outlives the mapping.
  const auto flags = static_cast<GstMapFlags>(access_ | int{GST_VIDEO_FRAME_MAP_FLAG_NO_REF});
  mapped_ = gst_video_frame_map(&frame_, &info_, buffer, flags);
  if (!mapped_) {
    mismatch_ = "buffer smaller than a frame: it holds " + std::to_string(gst_buffer_get_size(buffer)) +
                " bytes; expected " +
                (meta ? "all planes to begin where its GstVideoMeta says"
                      : std::to_string(info_.size) + ", or a GstVideoMeta that fits it");
    return;
  }
  // A decoder may pad the picture, and its meta then has the padded size: the caps' part is translated.
  frame_.info.width = info_.width;
  frame_.info.height = info_.height;
  mismatch_ = frameMismatch(frame_);
}

void MappedFrame::unmap() noexcept {
  if (std::exchange(mapped_, false)) gst_video_frame_unmap(&frame_);
}

MappedFrame::~MappedFrame() {
  unmap();
}

ScratchFrame::ScratchFrame(GstVideoInfo info)
    : buffer_(gst_buffer_new_allocate(nullptr, info.size, nullptr)) {
  constexpr auto access = static_cast<GstMapFlags>(GST_MAP_READWRITE);
  if (!buffer_ || !gst_video_frame_map(&frame_, &info, buffer_.get(), access))
    throw Error(ErrorKind::outOfMemory, "no memory for a frame of " + std::to_string(info.size) + " bytes");
}

ScratchFrame::~ScratchFrame() {
  gst_video_frame_unmap(&frame_);
}

void blend(GstVideoFrame* onto, const GstVideoFrame* other, double weight) {
  const auto steps = static_cast<Weight>(std::lround(std::clamp(weight, 0.0, 1.0) * 65536));
  if (steps == 0) return;
  const bool words = GST_VIDEO_FRAME_COMP_DEPTH(onto, 0) > 8;
  const guint shift = GST_VIDEO_FORMAT_INFO_SHIFT(onto->info.finfo, 0);
  forEachRow(onto, other, GST_VIDEO_FRAME_WIDTH(onto), [&](const Rows& rows) {
    if (words)
      blendWords(rows.onto, rows.other, rows.bytes / 2, shift, steps);
    else
      blendBytes(rows.onto, rows.other, rows.bytes, steps);
  });
}

void copyLeft(GstVideoFrame* onto, const GstVideoFrame* other, double position) {
  const gint width = GST_VIDEO_FRAME_WIDTH(onto);
  auto columns = static_cast<gint>(std::lround(std::clamp(position, 0.0, 1.0) * width));
  const bool sharedChroma = GST_VIDEO_INFO_IS_YUV(&onto->info) &&
                            GST_VIDEO_FORMAT_INFO_W_SUB(onto->info.finfo, GST_VIDEO_COMP_U) == 1;
  if (sharedChroma && columns < width) columns &= ~1;
  forEachRow(onto, other, columns,
             [](const Rows& rows) { std::memcpy(rows.onto, rows.other, static_cast<gsize>(rows.bytes)); });
}

void copyFrame(GstVideoFrame* onto, const GstVideoFrame* other) {
  copyLeft(onto, other, 1);
}

}  // namespace cut::gst
