// SPDX-License-Identifier: MIT
#include "element_fixture.hpp"

#include "cuttranslate/model_file.hpp"

namespace cut::test {

PostedError readError(GstMessage* message) {
  GError* error = nullptr;
  gst_message_parse_error(message, &error, nullptr);
  PostedError posted{error->domain, error->code, error->message};
  g_error_free(error);
  return posted;
}

bool goesTo(GstElement* element, GstState state) {
  return gst_element_set_state(element, state) == GST_STATE_CHANGE_SUCCESS;
}

std::optional<std::string> stringOf(gpointer object, const char* property) {
  g_autofree gchar* text = nullptr;
  g_object_get(object, property, &text, nullptr);
  if (!text) return std::nullopt;
  return text;
}

std::string launchWord(const std::string& path) {
  return '"' + path + '"';
}

CapsPtr capsOf(const std::string& text) {
  CapsPtr caps(gst_caps_from_string(text.c_str()));
  EXPECT_TRUE(caps) << text;
  return caps;
}

std::string videoCaps(const std::string& format, int width, int height, const std::string& more) {
  return "video/x-raw,format=" + format + ",width=" + std::to_string(width) +
         ",height=" + std::to_string(height) + ",framerate=30/1" + more;
}

ElementTest::ElementTest()
    : model_(writeTinyModel(folder_.path(), "tiny.pt")),
      grey_(writeTinyModel(folder_.path(), "grey.pt", 1, 1)),
      bus_(gst_bus_new()) {}

// A message on the bus holds the element, and the element holds the bus.
ElementTest::~ElementTest() {
  gst_bus_set_flushing(bus_.get(), TRUE);
}

std::string ElementTest::constantModel(int value, int channels) const {
  ModelFile model = tinyModel(channels, channels);
  model.origin = "constant " + std::to_string(value);
  const auto path = folder_.path() / ("constant" + std::to_string(value) + ".pt");
  writeModelFile(path, model);
  return path;
}

ElementPtr ElementTest::makeElement(const std::string& model) const {
  ElementPtr element(gst_element_factory_make("cuttranslate", nullptr));
  if (!element) throw std::runtime_error("no element cuttranslate: is GST_PLUGIN_PATH_1_0 set?");
  gst_object_ref_sink(element.get());
  gst_element_set_bus(element.get(), bus_.get());
  if (!model.empty()) g_object_set(element.get(), "model", model.c_str(), nullptr);
  return element;
}

HarnessPtr ElementTest::makeHarness(GstElement* element, const std::string& caps) const {
  HarnessPtr harness(gst_harness_new_with_element(element, "sink", "src"));
  gst_harness_set_src_caps(harness.get(), capsOf(caps).release());
  return harness;
}

std::optional<PostedError> ElementTest::popError() const {
  const Owned<GstMessage> message(gst_bus_pop_filtered(bus_.get(), GST_MESSAGE_ERROR));
  if (!message) return std::nullopt;
  return readError(message.get());
}

std::string ElementTest::expectError(GQuark domain, int code) const {
  const auto error = popError();
  if (!error) {
    ADD_FAILURE() << "no error was posted";
    return {};
  }
  EXPECT_STREQ(g_quark_to_string(error->domain), g_quark_to_string(domain)) << error->text;
  EXPECT_EQ(error->code, code) << error->text;
  return error->text;
}

int ElementTest::countMessages(GstMessageType type) const {
  int count = 0;
  while (const Owned<GstMessage> message{gst_bus_pop_filtered(bus_.get(), type)}) ++count;
  return count;
}

ElementPtr PipelineTest::parse(std::string line) const {
  if (const auto at = line.find('@'); at != std::string::npos)
    line.replace(at, 1, "cuttranslate name=translate model=" + launchWord(model_));
  GError* error = nullptr;
  ElementPtr pipeline(gst_parse_launch(line.c_str(), &error));
  if (error) ADD_FAILURE() << line << ": " << error->message;
  g_clear_error(&error);
  return pipeline;
}

std::optional<PostedError> PipelineTest::play(GstElement* pipeline) const {
  const Owned<GstBus> bus(gst_element_get_bus(pipeline));
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  constexpr auto ends = static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  const Owned<GstMessage> message(gst_bus_timed_pop_filtered(bus.get(), 60 * GST_SECOND, ends));
  if (!message) return PostedError{0, 0, "neither EOS nor an error within a minute"};
  if (GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_EOS) return std::nullopt;
  return readError(message.get());
}

}  // namespace cut::test
