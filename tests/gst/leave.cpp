// A program that uses the element and ends: leave MODEL null|playing|exit|thread. process.sh looks at how.
#include <gst/gst.h>

#include <cstdlib>
#include <cstring>
#include <thread>

namespace {

// One frame has arrived at the sink when this returns true.
bool plays(GstElement* pipeline) {
  return gst_element_set_state(pipeline, GST_STATE_PLAYING) != GST_STATE_CHANGE_FAILURE &&
         gst_element_get_state(pipeline, nullptr, nullptr, 60 * GST_SECOND) == GST_STATE_CHANGE_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
  gst_init(&argc, &argv);
  if (argc != 3) return 2;
  const char* how = argv[2];
  g_autofree gchar* line = g_strdup_printf(
      "videotestsrc ! video/x-raw,width=32,height=24 ! cuttranslate device=cpu threads=2 model=%s ! fakesink "
      "sync=true",
      argv[1]);
  GstElement* pipeline = gst_parse_launch(line, nullptr);
  if (!plays(pipeline)) return 3;
  if (std::strcmp(how, "playing") == 0)
    return 0;  // frames are on their way while static objects are destroyed
  if (std::strcmp(how, "exit") == 0) std::exit(0);  // the same without main()'s end
  if (std::strcmp(how, "thread") == 0) std::thread([] { std::exit(0); }).join();
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(pipeline);
  gst_deinit();
  return 0;
}
