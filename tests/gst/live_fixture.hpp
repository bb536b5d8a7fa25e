// What the tests of live behaviour share: grey frames of one value through the element with the fake engine,
// which makes 255 - value of them.
#pragma once

#include <gmock/gmock.h>

#include <optional>
#include <string>

#include "element_fixture.hpp"
#include "fake_control.hpp"
#include "gstcuttranslatemeta.h"

namespace cut::test {

class LiveTest : public ElementTest {
 protected:
  static constexpr gsize frameBytes = 16 * 8 * 3;
  static constexpr GstClockTime frameTime = GST_SECOND / 30;

  ~LiveTest() override;

  static FakeControl& fake() { return fakeControl(); }

  // The number of the frame says its time.
  static BufferPtr frame(guint8 value, guint64 number = 0, gsize bytes = frameBytes);
  GstFlowReturn push(guint8 value, guint64 number = 0) const;
  // What came out next; nullptr where nothing did.
  BufferPtr pull() const { return BufferPtr(gst_harness_try_pull(harness_.get())); }
  // What comes out for one frame: its first byte; -1 where nothing does.
  int translated(guint8 value, guint64 number = 0) const;

  static int firstByte(GstBuffer* buffer);
  static GstCutTranslateInfo infoOf(GstBuffer* buffer);

  template <typename... Values>
  void set(Values... values) const {
    g_object_set(element_.get(), values..., nullptr);
  }
  void setText(const char* property, const char* value) const {
    gst_util_set_object_arg(G_OBJECT(element_.get()), property, value);
  }
  guint64 stat(const char* name) const;
  // The text of the next warning; empty where there is none.
  std::string popWarning() const;
  // The next element message of this name, dropping others.
  Owned<GstMessage> popElementMessage(const char* name) const;

  // Another element or other caps than from the beginning.
  void restart(const std::string& caps);

  ElementPtr element_ = makeElement();
  HarnessPtr harness_ = makeHarness(element_.get(), videoCaps("RGB", 16, 8));
};

// Whether `condition` holds within a minute.
template <typename Condition>
bool becomesTrue(Condition&& condition) {
  for (int i = 0; i < 60'000; ++i) {
    if (condition()) return true;
    g_usleep(1000);
  }
  return false;
}

}  // namespace cut::test
