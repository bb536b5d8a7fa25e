#include "handles.hpp"

#include "cut/error.hpp"

namespace cut::gst {
namespace {

// gst_video_frame_map() believes what a GstVideoMeta says of strides, and looks only at where planes begin.
bool holdsEveryRow(const GstVideoFrame& frame) {
  for (guint i = 0; i < GST_VIDEO_FRAME_N_COMPONENTS(&frame); ++i) {
    const gint stride = GST_VIDEO_FRAME_COMP_STRIDE(&frame, i);
    const gint row = GST_VIDEO_FRAME_COMP_WIDTH(&frame, i) * GST_VIDEO_FRAME_COMP_PSTRIDE(&frame, i);
    const auto rows = static_cast<gsize>(GST_VIDEO_FRAME_COMP_HEIGHT(&frame, i));
    const gsize bytes = frame.map[GST_VIDEO_FRAME_COMP_PLANE(&frame, i)].size;
    // Components are interleaved: those behind the first end a few bytes later, within the pixel.
    if (stride < row || static_cast<gsize>(stride) * (rows - 1) + static_cast<gsize>(row) > bytes)
      return false;
  }
  return true;
}

}  // namespace

MappedFrame::MappedFrame(const GstVideoInfo& info, GstBuffer* buffer, GstMapFlags access) noexcept {
  // As GstVideoFilter does: the buffer outlives the mapping.
  const auto flags = static_cast<GstMapFlags>(access | int{GST_VIDEO_FRAME_MAP_FLAG_NO_REF});
  mapped_ = gst_video_frame_map(&frame_, &info, buffer, flags);
  if (!mapped_) return;
  // A meta may speak of a larger picture, which a decoder padded: what the caps say of it is translated.
  frame_.info.width = info.width;
  frame_.info.height = info.height;
  whole_ = !frame_.meta || holdsEveryRow(frame_);
}

MappedFrame::~MappedFrame() {
  if (mapped_) gst_video_frame_unmap(&frame_);
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

}  // namespace cut::gst
