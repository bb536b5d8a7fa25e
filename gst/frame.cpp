#include "frame.hpp"

#include "frame_translator.hpp"

namespace cut::gst {

Frame::Frame(GstBuffer* input, BufferPtr output, const GstVideoInfo& video, const Controls& how)
    : info(video), in(gst_buffer_ref(input)), out(std::move(output)), controls(how) {
  from.emplace(info, in.get(), GST_MAP_READ);
  if (out) to.emplace(info, out.get(), GST_MAP_WRITE);
}

void Frame::release() {
  rendering.reset();
  fading.reset();
  from.reset();
  to.reset();
  in.reset();
}

}  // namespace cut::gst
