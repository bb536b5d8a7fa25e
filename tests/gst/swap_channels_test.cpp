// SPDX-License-Identifier: MIT
// Models with other channels, set while PLAYING.
#include <functional>
#include <mutex>

#include "live_fixture.hpp"

namespace cut::test {
namespace {

using testing::HasSubstr;

// A pipeline at full speed, in which another model is set at the fifth frame.
class SwapChannels : public PipelineTest {
 protected:
  ~SwapChannels() override {
    resetFake();
    pipeline_.reset();
    // Orders the streaming threads' writes before the destructor: ThreadSanitizer does not see GStreamer join
    // them.
    const std::lock_guard lock(mutex_);
  }

  // Outputs, signals and messages of the element.
  struct Seen {
    std::string format;  // of the last frame
    int frames = 0;
    std::vector<std::string> updated;   // of the signal model-updated
    std::vector<std::string> messages;  // of cuttranslate-model-updated messages
    std::vector<std::string> warnings;
    std::vector<std::string> errors;
  };

  // `before` runs just before the model is set.
  void start(
      const std::string& line, const std::string& next, const std::function<void()>& before = [] {}) {
    {
      const std::lock_guard lock(mutex_);
      next_ = next;
      before_ = before;
    }
    pipeline_ = parse(line);
    const Owned<GstBus> bus(gst_element_get_bus(pipeline_.get()));
    gst_bus_enable_sync_message_emission(bus.get());
    g_signal_connect(bus.get(), "sync-message", G_CALLBACK(&SwapChannels::onMessage), this);
    const Owned<GstElement> element(gst_bin_get_by_name(GST_BIN(pipeline_.get()), "translate"));
    g_signal_connect(element.get(), "model-updated", G_CALLBACK(&SwapChannels::onModelUpdated), this);
    const Owned<GstPad> pad(gst_element_get_static_pad(element.get(), "src"));
    gst_pad_add_probe(pad.get(), GST_PAD_PROBE_TYPE_BUFFER, &SwapChannels::look, this, nullptr);
    gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING);
  }

  Seen seen() const {
    const std::lock_guard lock(mutex_);
    return seen_;
  }
  bool goesOn() const {
    const int before = seen().frames;
    return becomesTrue([&] { return seen().frames > before + 20; });
  }
  void expectTheOldModel(const std::string& model) const {
    EXPECT_TRUE(goesOn());
    const Owned<GstElement> element(gst_bin_get_by_name(GST_BIN(pipeline_.get()), "translate"));
    EXPECT_EQ(stringOf(element.get(), "active-model"), model);
    EXPECT_NE(seen().format, "GRAY8");
    EXPECT_THAT(seen().updated, testing::IsEmpty());
    EXPECT_THAT(seen().errors, testing::IsEmpty());
  }
  void expectTheNewModel(const std::string& model) const {
    EXPECT_TRUE(goesOn());
    EXPECT_THAT(seen().updated, testing::ElementsAre(model));
    EXPECT_THAT(seen().messages, testing::ElementsAre(model));
    EXPECT_THAT(seen().warnings, testing::IsEmpty());
    EXPECT_THAT(seen().errors, testing::IsEmpty());
  }

 private:
  static GstPadProbeReturn look(GstPad* pad, GstPadProbeInfo*, gpointer data) {
    auto& test = *static_cast<SwapChannels*>(data);
    const CapsPtr caps(gst_pad_get_current_caps(pad));
    std::unique_lock lock(test.mutex_);
    test.seen_.format = gst_structure_get_string(gst_caps_get_structure(caps.get(), 0), "format");
    if (++test.seen_.frames != 5) return GST_PAD_PROBE_OK;
    test.before_();
    const std::string next = test.next_;
    lock.unlock();
    g_object_set(GST_PAD_PARENT(pad), "model", next.c_str(), nullptr);
    return GST_PAD_PROBE_OK;
  }

  static void onModelUpdated(GstElement*, const char* model, gpointer data) {
    note(data, static_cast<SwapChannels*>(data)->seen_.updated, model);
  }

  // Called on the thread that posts.
  static void onMessage(GstBus*, GstMessage* message, gpointer data) {
    auto& seen = static_cast<SwapChannels*>(data)->seen_;
    g_autoptr(GError) error = nullptr;
    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
      gst_message_parse_error(message, &error, nullptr);
      note(data, seen.errors, error->message);
    } else if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_WARNING) {
      gst_message_parse_warning(message, &error, nullptr);
      note(data, seen.warnings, error->message);
    } else if (gst_message_has_name(message, "cuttranslate-model-updated")) {
      note(data, seen.messages, gst_structure_get_string(gst_message_get_structure(message), "model"));
    }
  }

  static void note(gpointer test, std::vector<std::string>& where, const char* text) {
    const std::lock_guard lock(static_cast<SwapChannels*>(test)->mutex_);
    where.emplace_back(text);
  }

  mutable std::mutex mutex_;  // guards the next three
  std::string next_;
  std::function<void()> before_;
  Seen seen_;
  ElementPtr pipeline_;
};

TEST_F(SwapChannels, ColourToGreyRenegotiatesWithVideoconvert) {
  start("videotestsrc ! video/x-raw,width=16,height=8 ! videoconvert ! @ ! videoconvert ! fakesink", grey_);
  EXPECT_TRUE(becomesTrue([&] { return seen().format == "GRAY8"; }));
  expectTheNewModel(grey_);
}

TEST_F(SwapChannels, GreyToColourRenegotiatesWithVideoconvert) {
  start("videotestsrc ! video/x-raw,width=16,height=8 ! videoconvert ! cuttranslate name=translate model=" +
            launchWord(grey_) + " ! videoconvert ! fakesink",
        model_);
  EXPECT_TRUE(becomesTrue([&] { return seen().frames > 5 && seen().format != "GRAY8"; }));
  expectTheNewModel(model_);
}

TEST_F(SwapChannels, SinkOfAnyCapsRenegotiates) {
  start("videotestsrc ! video/x-raw,width=16,height=8 ! videoconvert ! @ ! fakesink", grey_);
  EXPECT_TRUE(becomesTrue([&] { return seen().format == "GRAY8"; }));
  expectTheNewModel(grey_);
}

TEST_F(SwapChannels, UnavailableCapsRejectTheModelAndKeepTheOldOne) {
  start("videotestsrc ! video/x-raw,format=RGB,width=16,height=8 ! @ ! fakesink", grey_);
  EXPECT_TRUE(becomesTrue([&] { return !seen().warnings.empty(); }));
  EXPECT_THAT(seen().warnings, testing::ElementsAre(HasSubstr("has no such video; expected GRAY8")));
  expectTheOldModel(model_);
}

TEST_F(SwapChannels, FailedWarmUpRejectsTheModelBeforeRenegotiation) {
  const Environment keep("CUT_FAKE_FAULT", "");
  start("videotestsrc ! video/x-raw,width=16,height=8 ! videoconvert ! @ ! videoconvert ! fakesink", grey_,
        [] { setenv("CUT_FAKE_FAULT", "session", 1); });
  EXPECT_TRUE(becomesTrue([&] { return !seen().warnings.empty(); }));
  EXPECT_THAT(seen().warnings, testing::ElementsAre(HasSubstr("no memory")));
  expectTheOldModel(model_);
}

TEST_F(SwapChannels, HangingWarmUpBlocksNoFrame) {
  fakeControl().only = 7;
  fakeControl().hang = true;
  start("videotestsrc ! video/x-raw,width=16,height=8 ! videoconvert ! @ ! videoconvert ! fakesink",
        constantModel(7, 1));
  EXPECT_TRUE(becomesTrue([] { return fakeControl().hanging > 0; }));
  expectTheOldModel(model_);
}

}  // namespace
}  // namespace cut::test
