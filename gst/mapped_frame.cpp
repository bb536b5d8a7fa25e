#include "mapped_frame.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace cut::gst {
namespace {

// The bytes of a plane's row. Where several columns share a macropixel (YUY2) the last one is whole, whatever
// the width.
gint rowBytes(const GstVideoFrame& frame, guint plane) {
  gint bytes = 0;
  for (guint i = 0; i < GST_VIDEO_FRAME_N_COMPONENTS(&frame); ++i)
    if (GST_VIDEO_FRAME_COMP_PLANE(&frame, i) == plane)
      bytes =
          std::max(bytes, GST_VIDEO_FRAME_COMP_WIDTH(&frame, i) * GST_VIDEO_FRAME_COMP_PSTRIDE(&frame, i));
  return bytes;
}

gint rowsOf(const GstVideoFrame& frame, guint plane) {
  guint component = 0;
  while (GST_VIDEO_FRAME_COMP_PLANE(&frame, component) != plane) ++component;
  return GST_VIDEO_FRAME_COMP_HEIGHT(&frame, component);
}

std::string kindOf(GstVideoFormat format, guint width, guint height) {
  return std::string(gst_video_format_to_string(format)) + " of " + std::to_string(width) + "x" +
         std::to_string(height);
}

// gst_video_frame_map() takes for granted that a meta fits the caps; empty where it does.
std::string faultOfMeta(const GstVideoMeta& meta, const GstVideoInfo& info) {
  const auto width = static_cast<guint>(info.width);
  const auto height = static_cast<guint>(info.height);
  if (meta.format == GST_VIDEO_INFO_FORMAT(&info) && meta.n_planes == GST_VIDEO_INFO_N_PLANES(&info) &&
      meta.width >= width && meta.height >= height)
    return {};
  return "its GstVideoMeta is for " + kindOf(meta.format, meta.width, meta.height) + " in " +
         std::to_string(meta.n_planes) + " planes; expected " +
         kindOf(GST_VIDEO_INFO_FORMAT(&info), width, height) + " in " +
         std::to_string(GST_VIDEO_INFO_N_PLANES(&info));
}

// It believes what a meta says of strides, too, and looks only at where planes begin.
std::string faultOfPlane(const GstVideoFrame& frame, guint plane) {
  const GstMapInfo& map = frame.map[frame.meta ? plane : 0];
  const gint stride = GST_VIDEO_FRAME_PLANE_STRIDE(&frame, plane);
  const gint row = rowBytes(frame, plane);
  const gint rows = rowsOf(frame, plane);
  const gint64 first = static_cast<const guint8*>(GST_VIDEO_FRAME_PLANE_DATA(&frame, plane)) - map.data;
  const gint64 last = first + gint64{stride} * (rows - 1);
  if (std::min(first, last) >= 0 && std::max(first, last) + row <= static_cast<gint64>(map.size) &&
      (rows == 1 || std::abs(stride) >= row))
    return {};
  return "plane " + std::to_string(plane) + " has " + std::to_string(rows) + " rows of " +
         std::to_string(row) + " bytes from byte " + std::to_string(first) + " on, with a stride of " +
         std::to_string(stride) + "; expected rows within its " + std::to_string(map.size) +
         " bytes, and none over another";
}

std::string faultOfPlanes(const GstVideoFrame& frame) {
  std::string fault;
  for (guint i = 0; i < GST_VIDEO_FRAME_N_PLANES(&frame) && fault.empty(); ++i)
    fault = faultOfPlane(frame, i);
  return fault;
}

// Puts its pixels into one memory: a meta's plane is mapped no further than the memory where it begins.
void merge(GstBuffer* buffer, GstMapFlags access) {
  GstMapInfo whole;
  if (gst_buffer_map(buffer, &whole, access)) gst_buffer_unmap(buffer, &whole);
}

}  // namespace

MappedFrame::MappedFrame(const GstVideoInfo& info, GstBuffer* buffer, GstMapFlags access)
    : MappedFrame(info, access) {
  map(buffer);
  if (!fault_.empty() && gst_buffer_get_video_meta(buffer) && gst_buffer_n_memory(buffer) > 1) {
    unmap();
    // What is only read is left as it is; what is written to must be the buffer itself.
    if (!(access & GST_MAP_WRITE)) merged_.reset(buffer = gst_buffer_copy(buffer));
    merge(buffer, access);
    map(buffer);
  }
}

void MappedFrame::map(GstBuffer* buffer) {
  const GstVideoMeta* meta = gst_buffer_get_video_meta(buffer);
  fault_ = meta ? faultOfMeta(*meta, info_) : "";
  if (!fault_.empty()) return;
  // As GstVideoFilter does: the buffer outlives the mapping.
  const auto flags = static_cast<GstMapFlags>(access_ | int{GST_VIDEO_FRAME_MAP_FLAG_NO_REF});
  mapped_ = gst_video_frame_map(&frame_, &info_, buffer, flags);
  if (!mapped_) {
    fault_ = "it holds " + std::to_string(gst_buffer_get_size(buffer)) + " bytes; expected " +
             (meta ? "all planes where its GstVideoMeta says that they begin"
                   : std::to_string(info_.size) + ", or a GstVideoMeta that fits it");
    return;
  }
  // A meta may speak of a larger picture, which a decoder padded: what the caps say of it is translated.
  frame_.info.width = info_.width;
  frame_.info.height = info_.height;
  fault_ = faultOfPlanes(frame_);
}

void MappedFrame::unmap() noexcept {
  if (std::exchange(mapped_, false)) gst_video_frame_unmap(&frame_);
}

MappedFrame::~MappedFrame() {
  unmap();
}

}  // namespace cut::gst
