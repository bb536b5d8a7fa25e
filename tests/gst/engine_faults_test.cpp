// SPDX-License-Identifier: MIT
// An engine that fails, throws, runs out of memory, computes NaN or hangs: on-error decides about the frames,
// a message gives the cause, and the pipeline can be stopped.
#include <chrono>

#include "live_fixture.hpp"

namespace cut::test {
namespace {

using Clock = std::chrono::steady_clock;
using testing::HasSubstr;

class EngineFault : public LiveTest {
 protected:
  // A new element with on-error=passthrough and a short frame-timeout.
  void restartPassing() {
    harness_.reset();
    element_ = makeElement();
    setText("on-error", "passthrough");
    set("frame-timeout", guint64{20 * GST_MSECOND});
    harness_ = makeHarness(element_.get(), videoCaps("RGB", 16, 8));
  }

  struct Fault {
    FrameFault fault;
    const char* says;
    GQuark domain;
    int code;
  };

  static std::vector<Fault> faults() {
    return {{FrameFault::error, "fails as told", GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_FAILED},
            {FrameFault::throws, "throws as told", GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_FAILED},
            {FrameFault::memory, "no memory", GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NO_SPACE_LEFT},
            {FrameFault::nan, "NaN", GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_FAILED}};
  }
};

TEST_F(EngineFault, OnErrorFailPostsTheCauseAndReturnsFlowError) {
  for (const Fault& fault : faults()) {
    restart(videoCaps("RGB", 16, 8));
    EXPECT_EQ(translated(1), 254);
    fake().fault = fault.fault;
    EXPECT_EQ(push(2), GST_FLOW_ERROR);
    EXPECT_FALSE(pull());
    EXPECT_THAT(expectError(fault.domain, fault.code), HasSubstr(fault.says));
    fake().fault = FrameFault::none;
  }
}

// The engine is out of memory when the caps arrive, and no longer so at the next attempt.
TEST_F(EngineFault, FaultAtNewCapsPassesFramesUntilTheEngineIsReady) {
  {
    const Environment fault("CUT_FAKE_FAULT", "session");
    restartPassing();
    ASSERT_EQ(push(1), GST_FLOW_OK);
    const BufferPtr out = pull();
    ASSERT_TRUE(out);
    EXPECT_EQ(firstByte(out.get()), 1) << "the input";
    EXPECT_EQ(infoOf(out.get()).model, model_);
  }
  EXPECT_THAT(popWarning(), HasSubstr("no memory"));
  EXPECT_TRUE(becomesTrue([&] { return translated(1) == 254; }));
  EXPECT_FALSE(popError());
}

TEST_F(EngineFault, HangAtNewCapsPassesFramesAfterFrameTimeout) {
  fake().hang = true;
  restartPassing();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(translated(1), 1) << "the input";
  EXPECT_THAT(popWarning(), HasSubstr("not yet ready"));
  fake().hang = false;
  EXPECT_TRUE(becomesTrue([&] { return translated(1) == 254; }));
  EXPECT_FALSE(popError());
}

TEST_F(EngineFault, OnErrorDropDropsTheFrameAndMarksDiscont) {
  setText("on-error", "drop");
  for (const Fault& fault : faults()) {
    fake().fault = fault.fault;
    EXPECT_EQ(push(2), GST_FLOW_OK);
    EXPECT_FALSE(pull());
    EXPECT_THAT(popWarning(), HasSubstr(fault.says));
    fake().fault = FrameFault::none;
    ASSERT_EQ(push(3), GST_FLOW_OK);
    const BufferPtr next = pull();
    ASSERT_TRUE(next);
    EXPECT_EQ(firstByte(next.get()), 252);
    EXPECT_TRUE(GST_BUFFER_FLAG_IS_SET(next.get(), GST_BUFFER_FLAG_DISCONT));
  }
  EXPECT_EQ(stat("frames-failed"), 4U);
  EXPECT_EQ(stat("frames-dropped"), 4U);
  EXPECT_FALSE(popError());
}

TEST_F(EngineFault, OnErrorPassthroughOutputsTheInput) {
  setText("on-error", "passthrough");
  for (const Fault& fault : faults()) {
    fake().fault = fault.fault;
    ASSERT_EQ(push(2), GST_FLOW_OK);
    const BufferPtr out = pull();
    ASSERT_TRUE(out);
    EXPECT_EQ(firstByte(out.get()), 2);
    EXPECT_FALSE(infoOf(out.get()).translated);
    EXPECT_STREQ(infoOf(out.get()).reason, "error");
    EXPECT_THAT(popWarning(), HasSubstr(fault.says));
  }
}

TEST_F(EngineFault, OnErrorRepeatOutputsThePreviousOutput) {
  setText("on-error", "repeat");
  EXPECT_EQ(translated(1), 254);
  for (const Fault& fault : faults()) {
    fake().fault = fault.fault;
    EXPECT_EQ(translated(2), 254);
    EXPECT_THAT(popWarning(), HasSubstr(fault.says));
  }
  EXPECT_EQ(stat("frames-repeated"), 4U);
}

TEST_F(EngineFault, RepeatedWarningIsPostedOncePerSecond) {
  setText("on-error", "drop");
  fake().fault = FrameFault::error;
  const auto start = Clock::now();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(push(2), GST_FLOW_OK);
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  const int said = countMessages(GST_MESSAGE_WARNING);
  EXPECT_GE(said, 1);
  EXPECT_LE(said, 1 + seconds) << "once a second at most";
}

class HangingEngine : public LiveTest {
 protected:
  ~HangingEngine() override {
    resetFake();
    becomesTrue([] { return fake().hanging == 0; });
  }

  // Returns although the engine hangs until the test releases it: whoever waited for the engine would block
  // for ever.
  static void stop(GstElement* pipeline) { gst_element_set_state(pipeline, GST_STATE_NULL); }

  // A playing pipeline whose engine hangs at a frame; its model is not shared with other tests.
  ElementPtr hangingPipeline(const std::string& more = "") const {
    ElementPtr pipeline(
        gst_parse_launch(("videotestsrc ! video/x-raw,width=32,height=24 ! cuttranslate name=t model=" +
                          launchWord(constantModel(5)) + " " + more + " ! fakesink")
                             .c_str(),
                         nullptr));
    gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
    const int before = fake().frames;
    EXPECT_TRUE(becomesTrue([&] { return fake().frames > before + 3; }));
    fake().hang = true;
    EXPECT_TRUE(becomesTrue([] { return fake().hanging > 0; }));
    return pipeline;
  }
};

TEST_F(HangingEngine, PipelineStopsWhileTheEngineHangs) {
  ASSERT_TRUE(becomesTrue([] { return fake().networks == 1; }))
      << "its worker frees an earlier test's network";
  for (const char* more : {"", "frames-in-flight=4", "frame-timeout=1000000 on-error=drop"}) {
    auto pipeline = hangingPipeline(more);
    stop(pipeline.get());
    EXPECT_GT(fake().hanging, 0) << more;
    EXPECT_EQ(fake().networks, 2) << "still in use";
    pipeline.reset();
    fake().hang = false;
    EXPECT_TRUE(becomesTrue([] { return fake().networks == 1; })) << "freed when it answers again";
  }
}

TEST_F(HangingEngine, PipelineOfSixModelsStopsWhileTheEngineHangs) {
  std::string branches;
  for (int i = 0; i < 6; ++i)
    branches += "videotestsrc ! video/x-raw,width=32,height=24 ! cuttranslate model=" +
                launchWord(constantModel(20 + i)) + " ! fakesink async=false ";
  const ElementPtr pipeline(gst_parse_launch(branches.c_str(), nullptr));
  fake().hang = true;
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  ASSERT_TRUE(becomesTrue([] { return fake().hanging == 6; }));
  stop(pipeline.get());
  EXPECT_EQ(fake().hanging, 6);
}

TEST_F(HangingEngine, FlushStartReleasesTheStreamingThread) {
  const auto pipeline = hangingPipeline();
  const Owned<GstElement> element(gst_bin_get_by_name(GST_BIN(pipeline.get()), "t"));
  const Owned<GstPad> pad(gst_element_get_static_pad(element.get(), "sink"));
  gst_pad_send_event(pad.get(), gst_event_new_flush_start());
  GST_PAD_STREAM_LOCK(pad.get());  // the streaming thread has left
  GST_PAD_STREAM_UNLOCK(pad.get());
  EXPECT_GT(fake().hanging, 0) << "a caller that waited for the engine would still be blocked";
}

TEST_F(HangingEngine, PipelineStopsDuringAHungWarmUp) {
  fake().hang = true;
  ElementPtr pipeline(gst_parse_launch(
      ("videotestsrc ! video/x-raw,width=32,height=24 ! cuttranslate model=" + launchWord(model_) +
       " ! fakesink")
          .c_str(),
      nullptr));
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  EXPECT_TRUE(becomesTrue([] { return fake().hanging > 0; }));  // the warm-up
  stop(pipeline.get());
  EXPECT_GT(fake().hanging, 0);
}

TEST_F(HangingEngine, PipelineStopsWhileAModelLoadHangs) {
  const auto pipeline = hangingPipeline();
  const Owned<GstElement> element(gst_bin_get_by_name(GST_BIN(pipeline.get()), "t"));
  g_object_set(element.get(), "model", constantModel(7).c_str(), nullptr);
  EXPECT_TRUE(becomesTrue([] { return fake().hanging > 1; }));  // its warm-up
  stop(pipeline.get());
  EXPECT_GT(fake().hanging, 0);
}

TEST_F(HangingEngine, FrameTimeoutIsAnError) {
  set("frame-timeout", guint64{50 * GST_MSECOND});
  EXPECT_EQ(translated(1), 254);
  fake().hang = true;
  EXPECT_EQ(push(2), GST_FLOW_ERROR);
  EXPECT_THAT(expectError(GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_FAILED), HasSubstr("frame-timeout"));
}

TEST_F(HangingEngine, FrameTimeoutAtNewCapsIsAnError) {
  set("frame-timeout", guint64{50 * GST_MSECOND});
  fake().hang = true;
  gst_harness_set_src_caps(harness_.get(), capsOf(videoCaps("RGB", 4, 4)).release());
  EXPECT_NE(gst_harness_push(harness_.get(), frame(1, 0, 48).release()), GST_FLOW_OK);
  EXPECT_THAT(expectError(GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_FAILED), HasSubstr("not yet ready"));
}

// The output is a new buffer, whose strides are not those of the input.
TEST_F(HangingEngine, FrameTimeoutPassesAFrameWithPaddedRows) {
  set("frame-timeout", guint64{50 * GST_MSECOND});
  setText("on-error", "passthrough");
  EXPECT_EQ(translated(1), 254);
  fake().hang = true;
  BufferPtr padded = frame(7, 1, 80 * 8);
  gsize offset[GST_VIDEO_MAX_PLANES] = {0};
  gint stride[GST_VIDEO_MAX_PLANES] = {80};
  gst_buffer_add_video_meta_full(padded.get(), GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_FORMAT_RGB, 16, 8, 1,
                                 offset, stride);
  EXPECT_EQ(gst_harness_push(harness_.get(), padded.release()), GST_FLOW_OK);
  const BufferPtr out = pull();
  ASSERT_TRUE(out);
  EXPECT_EQ(gst_buffer_get_size(out.get()), frameBytes);
  EXPECT_EQ(gst_buffer_memcmp(out.get(), 0, std::string(frameBytes, 7).data(), frameBytes), 0);
}

TEST_F(HangingEngine, InfiniteFrameTimeoutWaits) {
  for (const guint64 none : {GST_CLOCK_TIME_NONE, guint64{1} << 63, static_cast<guint64>(G_MAXINT64)}) {
    set("frame-timeout", none, "stats-interval", none);
    EXPECT_EQ(translated(1), 254) << none;
  }
  EXPECT_EQ(countMessages(GST_MESSAGE_ELEMENT), 0) << "an infinite stats-interval posts nothing";
}

TEST_F(HangingEngine, FramesAreTranslatedAgainAfterTheHangForEveryOnErrorPolicy) {
  struct Case {
    const char* policy;
    int shown;  // of a frame of 2 while it hangs; the last picture was 254
  };
  set("frame-timeout", guint64{20 * GST_MSECOND});
  for (const auto& [policy, shown] : {Case{"drop", -1}, {"passthrough", 2}, {"repeat", 254}}) {
    SCOPED_TRACE(policy);
    setText("on-error", policy);
    ASSERT_TRUE(becomesTrue([this] { return translated(1) == 254; }));
    fake().hang = true;
    for (int i = 0; i < 5; ++i) EXPECT_EQ(translated(2), shown);
    fake().hang = false;
    EXPECT_TRUE(becomesTrue([this] { return translated(3) == 252; }));
  }
  EXPECT_FALSE(popError());
}

// A live pipeline also measures lateness and latency by the clock.
TEST_F(HangingEngine, LivePipelineRepeatsFramesAndRecovers) {
  const ElementPtr pipeline(
      gst_parse_launch(("videotestsrc is-live=true ! video/x-raw,width=32,height=24,framerate=100/1 ! "
                        "cuttranslate name=t model=" +
                        launchWord(model_) + " on-error=repeat frame-timeout=50000000 ! fakesink")
                           .c_str(),
                       nullptr));
  const Owned<GstElement> element(gst_bin_get_by_name(GST_BIN(pipeline.get()), "t"));
  const auto count = [&](const char* name) {
    g_autoptr(GstStructure) stats = nullptr;
    g_object_get(element.get(), "stats", &stats, nullptr);
    guint64 value = 0;
    EXPECT_TRUE(gst_structure_get_uint64(stats, name, &value));
    return value;
  };
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  for (guint64 round = 1; round <= 2; ++round) {
    const guint64 translated = count("frames-translated");
    EXPECT_TRUE(becomesTrue([&] { return count("frames-translated") > translated + 5; }));
    const guint64 failed = count("frames-failed");
    const guint64 repeated = count("frames-repeated");
    fake().hang = true;
    EXPECT_TRUE(becomesTrue([&] { return count("frames-failed") > failed + 5; }));
    EXPECT_GT(count("frames-repeated"), repeated);
    fake().hang = false;
  }
  const guint64 translated = count("frames-translated");
  EXPECT_TRUE(becomesTrue([&] { return count("frames-translated") > translated + 5; }));
  const Owned<GstBus> bus(gst_element_get_bus(pipeline.get()));
  const Owned<GstMessage> error(gst_bus_pop_filtered(bus.get(), GST_MESSAGE_ERROR));
  EXPECT_FALSE(error);
}

TEST_F(HangingEngine, FramesPassWithoutWaitingUntilTheEngineAnswers) {
  set("frame-timeout", guint64{50 * GST_MSECOND});
  setText("on-error", "passthrough");
  EXPECT_EQ(translated(1), 254);
  fake().hang = true;
  ASSERT_EQ(push(2), GST_FLOW_OK);
  const BufferPtr out = pull();
  ASSERT_TRUE(out);
  EXPECT_EQ(firstByte(out.get()), 2);
  EXPECT_STREQ(infoOf(out.get()).outcome, "passed");
  EXPECT_THAT(popWarning(), HasSubstr("frame-timeout"));
  EXPECT_EQ(translated(3), 3) << "without waiting again";
  EXPECT_THAT(popWarning(), HasSubstr("still works"));
  fake().hang = false;
  EXPECT_TRUE(becomesTrue([this] { return translated(4) == 251; }));
}

}  // namespace
}  // namespace cut::test
