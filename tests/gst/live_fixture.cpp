// SPDX-License-Identifier: MIT
#include "live_fixture.hpp"

namespace cut::test {

LiveTest::~LiveTest() {
  resetFake();
}

BufferPtr LiveTest::frame(guint8 value, guint64 number, gsize bytes) {
  BufferPtr buffer(gst_buffer_new_allocate(nullptr, bytes, nullptr));
  gst_buffer_memset(buffer.get(), 0, value, bytes);
  GST_BUFFER_PTS(buffer.get()) = number * frameTime;
  GST_BUFFER_DURATION(buffer.get()) = frameTime;
  return buffer;
}

GstFlowReturn LiveTest::push(guint8 value, guint64 number) const {
  return gst_harness_push(harness_.get(), frame(value, number).release());
}

int LiveTest::translated(guint8 value, guint64 number) const {
  if (push(value, number) != GST_FLOW_OK) return -1;
  const BufferPtr out = pull();
  return out ? firstByte(out.get()) : -1;
}

int LiveTest::firstByte(GstBuffer* buffer) {
  guint8 value = 0;
  gst_buffer_extract(buffer, 0, &value, 1);
  return value;
}

GstCutTranslateInfo LiveTest::infoOf(GstBuffer* buffer) {
  GstCutTranslateInfo info{};
  EXPECT_TRUE(gst_buffer_get_cut_translate_info(buffer, &info));
  return info;
}

guint64 LiveTest::stat(const char* name) const {
  GstStructure* stats = nullptr;
  g_object_get(element_.get(), "stats", &stats, nullptr);
  guint64 value = 0;
  EXPECT_TRUE(gst_structure_get_uint64(stats, name, &value)) << name;
  gst_structure_free(stats);
  return value;
}

std::string LiveTest::popWarning() const {
  const Owned<GstMessage> message(gst_bus_pop_filtered(bus_.get(), GST_MESSAGE_WARNING));
  if (!message) return {};
  GError* error = nullptr;
  gst_message_parse_warning(message.get(), &error, nullptr);
  std::string text = error->message;
  g_error_free(error);
  return text;
}

Owned<GstMessage> LiveTest::popElementMessage(const char* name) const {
  while (Owned<GstMessage> message{gst_bus_pop_filtered(bus_.get(), GST_MESSAGE_ELEMENT)})
    if (gst_structure_has_name(gst_message_get_structure(message.get()), name)) return message;
  return nullptr;
}

void LiveTest::restart(const std::string& caps) {
  harness_.reset();
  element_ = makeElement();
  harness_ = makeHarness(element_.get(), caps);
}

}  // namespace cut::test
