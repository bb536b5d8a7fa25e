// SPDX-License-Identifier: MIT
// Fixtures of the element's tests: the element with its own bus and a tiny model, in a harness or a pipeline.
#pragma once

#include <gst/check/gstharness.h>
#include <gst/gst.h>
#include <gst/video/video.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "environment.hpp"
#include "tiny_model.hpp"

namespace cut::test {

struct Unref {
  void operator()(GstElement* handle) const noexcept { gst_object_unref(handle); }
  void operator()(GstBus* handle) const noexcept { gst_object_unref(handle); }
  void operator()(GstPad* handle) const noexcept { gst_object_unref(handle); }
  void operator()(GstCaps* handle) const noexcept { gst_caps_unref(handle); }
  void operator()(GstBuffer* handle) const noexcept { gst_buffer_unref(handle); }
  void operator()(GstEvent* handle) const noexcept { gst_event_unref(handle); }
  void operator()(GstMessage* handle) const noexcept { gst_message_unref(handle); }
  void operator()(GstHarness* handle) const noexcept { gst_harness_teardown(handle); }
};

template <typename Handle>
using Owned = std::unique_ptr<Handle, Unref>;

// Sets the element to NULL before dropping the last reference, as GStreamer requires.
struct StopAndUnref {
  void operator()(GstElement* element) const noexcept {
    gst_element_set_state(element, GST_STATE_NULL);
    gst_object_unref(element);
  }
};
using ElementPtr = std::unique_ptr<GstElement, StopAndUnref>;
using HarnessPtr = Owned<GstHarness>;
using BufferPtr = Owned<GstBuffer>;
using CapsPtr = Owned<GstCaps>;

// The content of an error message.
struct PostedError {
  GQuark domain = 0;
  int code = 0;
  std::string text;
};

// Whether the state change succeeds; without a sink downstream it is synchronous.
bool goesTo(GstElement* element, GstState state);

class ElementTest : public testing::Test {
 protected:
  ElementTest();
  ~ElementTest() override;

  // Path of a model for which the fake engine outputs `value` for every pixel.
  std::string constantModel(int value, int channels = 3) const;

  // cuttranslate in NULL, posting on bus_; `model` empty: none is set.
  ElementPtr makeElement(const std::string& model) const;
  ElementPtr makeElement() const { return makeElement(model_); }
  // The element in PLAYING between two pads; `caps` are what comes in.
  HarnessPtr makeHarness(GstElement* element, const std::string& caps) const;

  // Pops the oldest error from the bus; nothing where there is none.
  std::optional<PostedError> popError() const;
  // The same, expecting an error of this domain and code; returns its text.
  std::string expectError(GQuark domain, int code) const;
  // Pops all messages, and returns the number of those of this type.
  int countMessages(GstMessageType type) const;

  TemporaryFolder folder_;
  std::string model_;  // three channels
  std::string grey_;   // one channel
  Owned<GstBus> bus_;
};

// The same with pipelines instead of a harness.
class PipelineTest : public ElementTest {
 protected:
  // `line` as gst-launch-1.0 takes it; @ stands for the element with the tiny model.
  ElementPtr parse(std::string line) const;
  // Plays until EOS or an error, at most a minute; nothing where it was EOS.
  std::optional<PostedError> play(GstElement* pipeline) const;
};

PostedError readError(GstMessage* message);

// A string property; nothing where it is NULL.
std::optional<std::string> stringOf(gpointer object, const char* property);

// A path quoted for a launch line, whatever characters TMPDIR has.
std::string launchWord(const std::string& path);

CapsPtr capsOf(const std::string& text);
// Frames of `format` with 30 frames per second; `more` as ",colorimetry=bt709".
std::string videoCaps(const std::string& format, int width, int height, const std::string& more = "");

}  // namespace cut::test
