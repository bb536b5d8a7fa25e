// SPDX-License-Identifier: MIT
#include "pipeline.hpp"

#include <gst/app/app.h>

#include "cuttranslate/error.hpp"

namespace cut::bench {
namespace {

struct Free {
  void operator()(GError* error) const noexcept { g_error_free(error); }
  void operator()(GstSample* sample) const noexcept { gst_sample_unref(sample); }
  void operator()(GstMessage* message) const noexcept { gst_message_unref(message); }
  void operator()(GstCaps* caps) const noexcept { gst_caps_unref(caps); }
};

std::unique_ptr<GstElement, Unref> member(GstElement* pipeline, const char* name) {
  return std::unique_ptr<GstElement, Unref>(gst_bin_get_by_name(GST_BIN(pipeline), name));
}

}  // namespace

Pipeline::Pipeline(const PeerOptions& options) : input_(readFrame(options)), output_(input_.size()) {
  gst_init(nullptr, nullptr);
  GError* error = nullptr;
  pipeline_.reset(
      gst_parse_launch("appsrc name=source format=time max-buffers=1 block=true "
                       "! cuttranslate name=translate device=cpu ! appsink name=sink sync=false",
                       &error));
  const std::unique_ptr<GError, Free> owned(error);
  if (error) throw Error(ErrorKind::moduleMissing, error->message);
  source_ = member(pipeline_.get(), "source");
  sink_ = member(pipeline_.get(), "sink");
  const auto translate = member(pipeline_.get(), "translate");
  g_object_set(translate.get(), "model", options.model.c_str(), "threads", options.threads, nullptr);
  gst_util_set_object_arg(G_OBJECT(translate.get()), "engine", options.engine.c_str());
  const std::unique_ptr<GstCaps, Free> caps(gst_caps_new_simple(
      "video/x-raw", "format", G_TYPE_STRING, "RGB", "width", G_TYPE_INT, options.size.width, "height",
      G_TYPE_INT, options.size.height, "framerate", GST_TYPE_FRACTION, 0, 1, nullptr));
  gst_app_src_set_caps(GST_APP_SRC(source_.get()), caps.get());
  if (gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE) fail();
  gchar* active = nullptr;
  g_object_get(translate.get(), "active-engine", &active, nullptr);
  const std::string name = active ? active : "";
  g_free(active);
  if (options.engine != "auto" && name != options.engine)
    throw Error(ErrorKind::unsupported, "the element runs engine " + name + ", not " + options.engine);
}

Pipeline::~Pipeline() {
  if (pipeline_) gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
}

double Pipeline::translate() {
  // The copy into the pipeline's own memory is the program's, not the element's.
  GstBuffer* buffer = gst_buffer_new_memdup(input_.data(), input_.size());
  GST_BUFFER_PTS(buffer) = 0;
  std::unique_ptr<GstSample, Free> sample;
  const double seconds = secondsOf([&] {
    gst_app_src_push_buffer(GST_APP_SRC(source_.get()), buffer);
    sample.reset(gst_app_sink_pull_sample(GST_APP_SINK(sink_.get())));
  });
  if (!sample) fail();
  // RGB rows are padded to 4 bytes; the sizes measured need none.
  if (gst_buffer_extract(gst_sample_get_buffer(sample.get()), 0, output_.data(), output_.size()) !=
      output_.size())
    throw Error(ErrorKind::internal,
                "the pipeline's frame is shorter than " + std::to_string(output_.size()));
  return seconds;
}

void Pipeline::fail() {
  GstBus* bus = gst_element_get_bus(pipeline_.get());
  const std::unique_ptr<GstMessage, Free> message(gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR));
  gst_object_unref(bus);
  if (!message) throw Error(ErrorKind::internal, "the pipeline stopped without an error");
  GError* error = nullptr;
  gst_message_parse_error(message.get(), &error, nullptr);
  const std::unique_ptr<GError, Free> owned(error);
  throw Error(ErrorKind::internal, error->message);
}

}  // namespace cut::bench
