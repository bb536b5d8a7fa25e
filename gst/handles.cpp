#include "handles.hpp"

#include "cuttranslate/error.hpp"

namespace cut::gst {

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
