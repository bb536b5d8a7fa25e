// SPDX-License-Identifier: MIT
// A program that translates a few frames and ends: leave MODEL null|leak|return|exit|thread. process.sh looks
// at how.
#include <gst/gst.h>

#include <cstdlib>
#include <cstring>
#include <thread>

namespace {

// Whether all frames reached the sink.
bool playsToTheEnd(GstElement* pipeline) {
  GstBus* bus = gst_element_get_bus(pipeline);
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  constexpr auto ends = static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  GstMessage* message = gst_bus_timed_pop_filtered(bus, 60 * GST_SECOND, ends);
  const bool played = message && GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS;
  if (message) gst_message_unref(message);
  gst_object_unref(bus);
  return played;
}

}  // namespace

int main(int argc, char** argv) {
  gst_init(&argc, &argv);
  if (argc != 3) return 2;
  g_autofree gchar* line = g_strdup_printf(
      "videotestsrc num-buffers=5 ! video/x-raw,width=32,height=24 ! cuttranslate device=cpu model=\"%s\" ! "
      "fakesink",
      argv[1]);
  GstElement* pipeline = gst_parse_launch(line, nullptr);
  if (!playsToTheEnd(pipeline)) return 3;
  const char* how = argv[2];
  // Still in PLAYING: the streaming thread runs, and the element is never freed.
  if (std::strcmp(how, "return") == 0) return 0;
  if (std::strcmp(how, "exit") == 0) std::exit(0);
  if (std::strcmp(how, "thread") == 0) std::thread([] { std::exit(0); }).join();
  gst_element_set_state(pipeline, GST_STATE_NULL);
  if (std::strcmp(how, "leak") != 0) gst_object_unref(pipeline);
  gst_deinit();
  return 0;
}
