// SPDX-License-Identifier: MIT
// Fixture of an element in a harness with the fake engine, which makes 255 - value of a frame's value.
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

  // A frame of this value; `number` sets its timestamp.
  static BufferPtr frame(guint8 value, guint64 number = 0, gsize bytes = frameBytes);
  GstFlowReturn push(guint8 value, guint64 number = 0) const;
  // The next output; nullptr where there is none.
  BufferPtr pull() const { return BufferPtr(gst_harness_try_pull(harness_.get())); }
  // The first byte of the output for a frame of this value; -1 where there is none.
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

  // Replaces element and harness; the new ones get these caps.
  void restart(const std::string& caps);

  ElementPtr element_ = makeElement();
  HarnessPtr harness_ = makeHarness(element_.get(), videoCaps("RGB", 16, 8));
};

// Polls until `condition` holds; false after a minute.
template <typename Condition>
bool becomesTrue(Condition&& condition) {
  for (int i = 0; i < 60'000; ++i) {
    if (condition()) return true;
    g_usleep(1000);
  }
  return false;
}

}  // namespace cut::test
