// SPDX-License-Identifier: MIT
// The element at full speed for SECONDS: no frame is lost or out of order, and memory stays constant, while
// two models are swapped and the controls change. Prints TAP.
//   gst-soak SECONDS MODEL MODEL
#include <gst/gst.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <mutex>
#include <string>
#include <vector>

#include "resident_memory.hpp"

namespace {

using cut::test::residentBytes;

struct Seen {
  std::mutex mutex;  // guards the rest
  guint64 frames = 0;
  guint64 wrong = 0;  // not the number that comes next
};

GstPadProbeReturn count(GstPad*, GstPadProbeInfo* info, gpointer data) {
  auto& seen = *static_cast<Seen*>(data);
  const std::lock_guard lock(seen.mutex);
  if (GST_BUFFER_OFFSET(GST_PAD_PROBE_INFO_BUFFER(info)) != seen.frames) ++seen.wrong;
  ++seen.frames;
  return GST_PAD_PROBE_OK;
}

void connect(GstElement* element, const char* pad, Seen* seen) {
  GstPad* where = gst_element_get_static_pad(element, pad);
  gst_pad_add_probe(where, GST_PAD_PROBE_TYPE_BUFFER, count, seen, nullptr);
  gst_object_unref(where);
}

std::string errorOn(GstBus* bus, GstClockTime wait) {
  GstMessage* message =
      gst_bus_timed_pop_filtered(bus, wait, static_cast<GstMessageType>(GST_MESSAGE_ERROR | GST_MESSAGE_EOS));
  if (!message) return {};
  std::string text = "the stream ended";
  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
    GError* error = nullptr;
    gst_message_parse_error(message, &error, nullptr);
    text = error->message;
    g_error_free(error);
  }
  gst_message_unref(message);
  return text;
}

std::string listed(const std::vector<long>& minutes) {
  std::string text = "; KiB in each minute:";
  for (const long least : minutes) text += " " + std::to_string(least / 1024);
  return text;
}

bool report(int number, bool passed, const std::string& name, const std::string& more) {
  std::printf("%s %d %s\n# %s\n", passed ? "ok" : "not ok", number, name.c_str(), more.c_str());
  return passed;
}

}  // namespace

int main(int argc, char** argv) {
  gst_init(&argc, &argv);
  const int seconds = argc > 3 ? std::atoi(argv[1]) : 0;
  if (seconds < 4) {
    std::fprintf(stderr, "gst-soak SECONDS MODEL MODEL; at least 4 seconds\n");
    return 2;
  }
  GError* problem = nullptr;
  GstElement* pipeline = gst_parse_launch(
      "videotestsrc ! video/x-raw,width=48,height=32,framerate=1000/1 ! queue max-size-buffers=4 ! "
      "cuttranslate name=translate device=cpu frames-in-flight=3 crossfade=10 ! fakesink name=sink",
      &problem);
  if (problem) {
    std::fprintf(stderr, "%s\n", problem->message);
    return 1;
  }
  GstElement* translate = gst_bin_get_by_name(GST_BIN(pipeline), "translate");
  GstElement* sink = gst_bin_get_by_name(GST_BIN(pipeline), "sink");
  Seen in, out;
  connect(translate, "sink", &in);
  connect(sink, "sink", &out);
  std::atomic<int> swaps{0};
  g_signal_connect(translate, "model-updated", G_CALLBACK(+[](GstElement*, const char*, gpointer counter) {
                     ++*static_cast<std::atomic<int>*>(counter);
                   }),
                   &swaps);
  g_object_set(translate, "model", argv[2], nullptr);
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  GstBus* bus = gst_element_get_bus(pipeline);
  std::string error;
  constexpr long never = std::numeric_limits<long>::max();
  long early = never, late = never;
  std::vector<long> minutes;  // the least of each
  // Memory is flat after the first minute; of a minute, after a quarter of it.
  const int settled = seconds > 240 ? 60 : seconds / 4;
  const int middle = settled + (seconds - settled) / 2;
  for (int second = 0; second < seconds && error.empty(); ++second) {
    g_object_set(translate, "strength", 1.0 - 0.1 * (second % 3), "enabled", second % 7 != 3, nullptr);
    if (second % 2 == 1) g_object_set(translate, "model", argv[2 + second / 2 % 2], nullptr);
    error = errorOn(bus, GST_SECOND);
    // The least of either part: a model that is being swapped is there twice, for as long as a busy machine
    // takes.
    if (second % 60 == 0) minutes.push_back(never);
    const long resident = residentBytes();
    minutes.back() = std::min(minutes.back(), resident);
    long& least = second < middle ? early : late;
    if (second >= settled) least = std::min(least, resident);
  }
  gst_element_send_event(pipeline, gst_event_new_eos());
  if (error.empty()) error = errorOn(bus, 60 * GST_SECOND);
  gst_element_set_state(pipeline, GST_STATE_NULL);

  std::printf("1..4\n");
  bool good = report(1, error == "the stream ended", "the stream plays to EOS", error);
  good &= report(2, in.frames > 0 && out.frames == in.frames && out.wrong == 0,
                 "no frame is lost or out of order",
                 std::to_string(in.frames) + " in, " + std::to_string(out.frames) + " out, " +
                     std::to_string(out.wrong) + " out of order");
  good &= report(3, swaps > 0, "models are swapped while it plays", std::to_string(swaps) + " times");
  // Of a minute the first quarter is not quite enough.
  const long allowed = (1 << 20) + (seconds > 240 ? 0 : early / 20);
  good &= report(4, late <= early + allowed, "memory stays constant",
                 std::to_string(early / 1024) + " KiB at least, and " + std::to_string(late / 1024) +
                     " KiB later" + listed(minutes));
  gst_object_unref(bus);
  gst_object_unref(sink);
  gst_object_unref(translate);
  gst_object_unref(pipeline);
  return good ? 0 : 1;
}
