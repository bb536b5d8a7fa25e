#include "element_description.hpp"

#include "caps.hpp"

namespace cut::gst {
namespace {

#define CUT_SIDES "(int) [ 1, " G_STRINGIFY(CUT_LARGEST_SIDE) " ]"
// No framerate: a range would be added to caps that name none, and they would no longer be fixed.
#define CUT_CAPS \
  "video/x-raw, format = (string) " CUT_ALL_FORMATS ", width = " CUT_SIDES ", height = " CUT_SIDES

GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS(CUT_CAPS));
GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS(CUT_CAPS));

}  // namespace

void describeElement(GstElementClass* klass) {
  gst_element_class_set_static_metadata(
      klass, "Video translator (CUT)", "Filter/Effect/Video",
      "Turns every frame into the same frame in another visual domain (a driving simulator's frame leaves "
      "looking like "
      "a real street), with a generator trained by CUT, \"Contrastive Learning for Unpaired Image-to-Image "
      "Translation\" (Park, Efros, Zhang, Zhu, ECCV 2020)",
      "the cuttranslate authors");
  gst_element_class_add_static_metadata(
      klass, "examples",
      "\n    gst-launch-1.0 filesrc location=drive.mp4 ! decodebin ! videoconvert ! cuttranslate "
      "model=street.pt ! "
      "videoconvert ! autovideosink sync=false"
      "\n    gst-launch-1.0 v4l2src ! videoconvert ! queue leaky=downstream max-size-buffers=1 ! "
      "cuttranslate "
      "model=street.pt device=cuda:0 precision=fp16 ! videoconvert ! autovideosink"
      "\n    gst-launch-1.0 -e filesrc location=in.mp4 ! decodebin ! videoconvert ! deinterlace ! videoflip "
      "video-direction=auto ! cuttranslate model=street.pt verify=true ! videoconvertscale ! "
      "\"video/x-raw,format=I420,width=[2,32768,2],height=[2,32768,2]\" ! x264enc ! mp4mux ! filesink "
      "location=out.mp4");
  gst_element_class_add_static_metadata(
      klass, "frames",
      "\n    Width, height, framerate, timestamps, metas and alpha pass unchanged; 3-channel models take the "
      "RGB and "
      "YUV formats, 1-channel models GRAY8."
      "\n    RGB is translated directly; YUV is converted to RGB and back with the stream's own colorimetry."
      "\n    Interlaced video is refused (put deinterlace before it).");
  gst_element_class_add_static_metadata(
      klass, "live",
      "\n    In a live pipeline frames that are too late are dropped before they cost anything (late, qos), "
      "whatever the sink does."
      "\n    enabled, strength, output and split-position change between two frames, also by a "
      "GstController; "
      "model too, which is loaded in the background (signal model-updated, message "
      "cuttranslate-model-updated)."
      "\n    Each frame carries a GstCutTranslateMeta: model, translated or not and why, inference time, "
      "strength "
      "(cuttranslate/gstcuttranslatemeta.h)."
      "\n    stats tells of frames and time; GST_DEBUG=cuttranslate*:6 of each frame; GST_TRACERS=latency "
      "works.");
  gst_element_class_add_static_pad_template(klass, &sink_template);
  gst_element_class_add_static_pad_template(klass, &src_template);
}

}  // namespace cut::gst
