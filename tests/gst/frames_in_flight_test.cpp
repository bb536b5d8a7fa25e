// SPDX-License-Identifier: MIT
// Several frames in flight, and the events, queries and caps that must not overtake them.
#include <algorithm>
#include <string>
#include <vector>

#include "live_fixture.hpp"

namespace cut::test {
namespace {

class FramesInFlight : public LiveTest {
 protected:
  FramesInFlight() { set("frames-in-flight", 4, "qos", FALSE); }

  unsigned received() const { return gst_harness_buffers_received(harness_.get()); }
  void expectFrames(int first, int count) const {
    for (int i = first; i < first + count; ++i) {
      const BufferPtr out = pull();
      ASSERT_TRUE(out) << "frame " << i;
      EXPECT_EQ(firstByte(out.get()), 255 - i);
      EXPECT_EQ(GST_BUFFER_PTS(out.get()), static_cast<GstClockTime>(i) * frameTime);
    }
    EXPECT_FALSE(pull());
  }
  void pushFrames(int first, int count) const {
    for (int i = first; i < first + count; ++i)
      ASSERT_EQ(push(static_cast<guint8>(i), static_cast<guint64>(i)), GST_FLOW_OK);
  }
};

TEST_F(FramesInFlight, ThreeFramesAreAcceptedWhileTheEngineHangs) {
  fake().hang = true;
  pushFrames(0, 3);
  EXPECT_EQ(received(), 0U);
  fake().hang = false;
  pushFrames(3, 20);
  ASSERT_TRUE(gst_harness_push_event(harness_.get(), gst_event_new_eos()));
  expectFrames(0, 23);
}

// Records the order of what goes out: "frame", or the name of an event or a serialized query.
class SerializedItems : public FramesInFlight {
 protected:
  // Leaves three frames in flight and nothing recorded yet.
  void begin() {
    restart(videoCaps("RGB", 16, 8));
    set("frames-in-flight", 4, "qos", FALSE);
    gst_pad_add_probe(
        harness_->sinkpad,
        static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM |
                                     GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM | GST_PAD_PROBE_TYPE_PUSH),
        &SerializedItems::note, &seen_, nullptr);
    fake().hang = true;
    pushFrames(0, 3);
    seen_.clear();
    fake().hang = false;
  }

  static GstPadProbeReturn note(GstPad*, GstPadProbeInfo* info, gpointer data) {
    auto& seen = *static_cast<std::vector<std::string>*>(data);
    if (info->type & GST_PAD_PROBE_TYPE_BUFFER) {
      seen.emplace_back("frame");
    } else if (info->type & GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM) {
      seen.emplace_back(GST_EVENT_TYPE_NAME(GST_PAD_PROBE_INFO_EVENT(info)));
    } else if (GstQuery* query = GST_PAD_PROBE_INFO_QUERY(info);
               gst_query_type_get_flags(GST_QUERY_TYPE(query)) & GST_QUERY_TYPE_SERIALIZED) {
      seen.emplace_back(GST_QUERY_TYPE_NAME(query));
    }
    return GST_PAD_PROBE_OK;
  }

  void expectAfterTheFrames(const std::string& name) const {
    const std::vector<std::string> first(seen_.begin(),
                                         seen_.begin() + std::min<std::ptrdiff_t>(4, std::ssize(seen_)));
    EXPECT_THAT(first, testing::ElementsAre("frame", "frame", "frame", name));
    expectFrames(0, 3);
  }

  std::vector<std::string> seen_;
};

TEST_F(SerializedItems, SerializedEventsFollowTheFramesBeforeThem) {
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  const auto structure = [] { return gst_structure_new_empty("cut-test"); };
  GstToc* toc = gst_toc_new(GST_TOC_SCOPE_GLOBAL);
  GstStreamCollection* streams = gst_stream_collection_new(nullptr);
  GstMessage* message = gst_message_new_application(nullptr, structure());
  const CapsPtr caps = capsOf(videoCaps("RGB", 4, 4));
  for (GstEvent* event :
       {gst_event_new_stream_start("another"), gst_event_new_caps(caps.get()),
        gst_event_new_segment(&segment), gst_event_new_tag(gst_tag_list_new(GST_TAG_TITLE, "drive", nullptr)),
        gst_event_new_toc(toc, FALSE), gst_event_new_stream_collection(streams),
        gst_event_new_segment_done(GST_FORMAT_TIME, 0), gst_event_new_gap(GST_SECOND, GST_SECOND),
        gst_event_new_sink_message("cut-test", message),
        gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM, structure()),
        gst_event_new_custom(GST_EVENT_CUSTOM_BOTH, structure()), gst_event_new_eos()}) {
    const std::string name = GST_EVENT_TYPE_NAME(event);
    SCOPED_TRACE(name);
    begin();
    EXPECT_TRUE(gst_harness_push_event(harness_.get(), event));
    expectAfterTheFrames(name);
  }
  gst_message_unref(message);
  gst_object_unref(streams);
  gst_toc_unref(toc);
}

TEST_F(SerializedItems, DrainQueryFollowsTheFramesBeforeIt) {
  begin();
  GstQuery* query = gst_query_new_drain();
  gst_pad_peer_query(harness_->srcpad, query);
  gst_query_unref(query);
  expectAfterTheFrames("drain");
}

// Allocation is negotiated for the frames after it.
TEST_F(SerializedItems, AllocationQueryDrainsTheFramesBeforeIt) {
  begin();
  GstQuery* query = gst_query_new_allocation(capsOf(videoCaps("RGB", 16, 8)).get(), TRUE);
  EXPECT_TRUE(gst_pad_peer_query(harness_->srcpad, query));
  gst_query_unref(query);
  EXPECT_THAT(seen_, testing::ElementsAre("frame", "frame", "frame"));
  expectFrames(0, 3);
}

TEST_F(FramesInFlight, NewCapsDrainTheFramesOfTheOldCaps) {
  fake().frameMs = 2;
  pushFrames(0, 3);
  gst_harness_set_src_caps(harness_.get(), capsOf(videoCaps("RGB", 4, 4)).release());
  ASSERT_EQ(gst_harness_push(harness_.get(), frame(9, 3, 48).release()), GST_FLOW_OK);
  ASSERT_TRUE(gst_harness_push_event(harness_.get(), gst_event_new_eos()));
  ASSERT_EQ(received(), 4U);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(gst_buffer_get_size(pull().get()), i < 3 ? frameBytes : 48U);
}

TEST_F(FramesInFlight, FlushDropsThemAndLaterFramesGoOut) {
  fake().hang = true;
  pushFrames(0, 3);
  ASSERT_TRUE(gst_harness_push_event(harness_.get(), gst_event_new_flush_start()));
  ASSERT_TRUE(gst_harness_push_event(harness_.get(), gst_event_new_flush_stop(TRUE)));
  fake().hang = false;
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  ASSERT_TRUE(gst_harness_push_event(harness_.get(), gst_event_new_segment(&segment)));
  pushFrames(10, 2);
  ASSERT_TRUE(gst_harness_push_event(harness_.get(), gst_event_new_eos()));
  expectFrames(10, 2);
  EXPECT_EQ(stat("frames-in"), 5U);
  EXPECT_EQ(stat("frames-out"), 2U);
  EXPECT_EQ(stat("frames-dropped"), 3U);
}

TEST_F(FramesInFlight, FailedFrameIsPassedInOrder) {
  setText("on-error", "passthrough");
  fake().frameMs = 5;
  pushFrames(0, 2);
  ASSERT_TRUE(becomesTrue([this] { return push(2, 2) == GST_FLOW_OK; }));
  ASSERT_TRUE(gst_harness_push_event(harness_.get(), gst_event_new_gap(GST_SECOND, GST_SECOND)));
  fake().fault = FrameFault::error;
  pushFrames(3, 1);
  ASSERT_TRUE(gst_harness_push_event(harness_.get(), gst_event_new_gap(GST_SECOND, GST_SECOND)));
  fake().fault = FrameFault::none;
  pushFrames(4, 1);
  ASSERT_TRUE(gst_harness_push_event(harness_.get(), gst_event_new_eos()));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(firstByte(pull().get()), i == 3 ? 3 : 255 - i);
}

TEST_F(FramesInFlight, UnusableBufferDrainsTheFramesBeforeIt) {
  fake().frameMs = 5;
  pushFrames(0, 3);
  EXPECT_EQ(gst_harness_push(harness_.get(), frame(3, 3, frameBytes / 2).release()), GST_FLOW_ERROR);
  expectFrames(0, 3);
  expectError(GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT);
}

// A sink or an encoder whose pool has a maximum.
class BoundedPool : public PipelineTest {
 protected:
  ~BoundedPool() override { resetFake(); }

  static GstPadProbeReturn answer(GstPad*, GstPadProbeInfo* info, gpointer most) {
    GstQuery* query = GST_PAD_PROBE_INFO_QUERY(info);
    if (GST_QUERY_TYPE(query) != GST_QUERY_ALLOCATION) return GST_PAD_PROBE_OK;
    GstCaps* caps = nullptr;
    gst_query_parse_allocation(query, &caps, nullptr);
    GstVideoInfo video;
    gst_video_info_from_caps(&video, caps);
    GstBufferPool* pool = gst_video_buffer_pool_new();
    const auto size = static_cast<guint>(video.size);
    gst_query_add_allocation_pool(query, pool, size, 1, GPOINTER_TO_UINT(most));
    gst_object_unref(pool);
    return GST_PAD_PROBE_HANDLED;
  }

  // A pipeline of twenty frames, in which downstream proposes a pool of at most `most` buffers.
  ElementPtr pipelineOf(guint most, int inFlight, const std::string& more = "",
                        const std::string& sink = "fakesink enable-last-sample=false") const {
    ElementPtr pipeline =
        parse("videotestsrc num-buffers=20 ! video/x-raw,format=RGB,width=16,height=8 ! @ " + more +
              " frames-in-flight=" + std::to_string(inFlight) + " ! " + sink + " name=sink");
    const Owned<GstElement> last(gst_bin_get_by_name(GST_BIN(pipeline.get()), "sink"));
    const Owned<GstPad> pad(gst_element_get_static_pad(last.get(), "sink"));
    gst_pad_add_probe(
        pad.get(),
        static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM | GST_PAD_PROBE_TYPE_PUSH),
        &BoundedPool::answer, GUINT_TO_POINTER(most), nullptr);
    return pipeline;
  }
};

TEST_F(BoundedPool, PoolSmallerThanFramesInFlightIsReplaced) {
  for (const auto& [most, inFlight] : {std::pair<guint, int>{1, 1}, {3, 4}, {4, 4}, {8, 4}, {0, 8}})
    EXPECT_FALSE(play(pipelineOf(most, inFlight).get())) << most << " buffers, " << inFlight << " in flight";
}

TEST_F(BoundedPool, RaisingFramesInFlightIsLimitedByThePool) {
  const ElementPtr pipeline = pipelineOf(3, 2);
  ASSERT_NE(gst_element_set_state(pipeline.get(), GST_STATE_PAUSED), GST_STATE_CHANGE_FAILURE);
  ASSERT_EQ(gst_element_get_state(pipeline.get(), nullptr, nullptr, 30 * GST_SECOND),
            GST_STATE_CHANGE_SUCCESS);
  const Owned<GstElement> element(gst_bin_get_by_name(GST_BIN(pipeline.get()), "translate"));
  g_object_set(element.get(), "frames-in-flight", 8, nullptr);
  EXPECT_FALSE(play(pipeline.get()));
}

// The sink keeps the last output, the engine those of the frames at which it hangs.
TEST_F(BoundedPool, OverdueEngineUsesBuffersOutsideThePool) {
  for (const int inFlight : {1, 4}) {
    fakeControl().hang = true;
    EXPECT_FALSE(play(pipelineOf(static_cast<guint>(inFlight + 1), inFlight,
                                 "on-error=passthrough frame-timeout=20000000", "fakesink")
                          .get()))
        << inFlight << " in flight";
    fakeControl().hang = false;
    EXPECT_TRUE(becomesTrue([] { return fakeControl().hanging == 0; }));
  }
}

// Upstream may use a pool of its own instead of the proposed one.
TEST_F(FramesInFlight, UpstreamPoolKeepsABufferForTheNextFrame) {
  for (const guint most : {1U, 2U}) {
    GstBufferPool* pool = gst_buffer_pool_new();
    GstStructure* config = gst_buffer_pool_get_config(pool);
    gst_buffer_pool_config_set_params(config, nullptr, frameBytes, 0, most);
    ASSERT_TRUE(gst_buffer_pool_set_config(pool, config));
    ASSERT_TRUE(gst_buffer_pool_set_active(pool, TRUE));
    GstBufferPoolAcquireParams now{};
    now.flags = GST_BUFFER_POOL_ACQUIRE_FLAG_DONTWAIT;
    for (int i = 0; i < 20; ++i) {
      GstBuffer* buffer = nullptr;
      ASSERT_EQ(gst_buffer_pool_acquire_buffer(pool, &buffer, &now), GST_FLOW_OK) << i << " of " << most;
      gst_buffer_memset(buffer, 0, static_cast<guint8>(i), frameBytes);
      GST_BUFFER_PTS(buffer) = static_cast<GstClockTime>(i) * frameTime;
      ASSERT_EQ(gst_harness_push(harness_.get(), buffer), GST_FLOW_OK);
    }
    ASSERT_TRUE(gst_harness_push_event(harness_.get(), gst_event_new_gap(GST_SECOND, GST_SECOND)));
    expectFrames(0, 20);
    gst_buffer_pool_set_active(pool, FALSE);
    gst_object_unref(pool);
  }
}

TEST_F(FramesInFlight, LatencyGrowsByADurationPerFrame) {
  fake().frameMs = 5;
  set("frames-in-flight", 1);
  ASSERT_NE(translated(1, 0), -1);
  const guint64 alone = stat("latency");
  set("frames-in-flight", 4);
  pushFrames(1, 8);
  ASSERT_TRUE(gst_harness_push_event(harness_.get(), gst_event_new_eos()));
  EXPECT_GE(stat("latency"), alone + 2 * frameTime);
}

TEST_F(FramesInFlight, OnlyTheDiscontFrameIsMarkedDiscont) {
  fake().frameMs = 2;
  pushFrames(0, 1);
  BufferPtr marked = frame(1, 1);
  pushFrames(0, 2);
  GST_BUFFER_FLAG_SET(marked.get(), GST_BUFFER_FLAG_DISCONT);
  ASSERT_EQ(gst_harness_push(harness_.get(), marked.release()), GST_FLOW_OK);
  ASSERT_TRUE(gst_harness_push_event(harness_.get(), gst_event_new_eos()));
  for (int i = 0; i < 4; ++i) {
    const BufferPtr out = pull();
    ASSERT_TRUE(out);
    EXPECT_EQ(GST_BUFFER_FLAG_IS_SET(out.get(), GST_BUFFER_FLAG_DISCONT), i == 3) << i;
  }
}

TEST_F(FramesInFlight, InferenceOverlapsWithUpstreamWork) {
  const auto secondsFor = [this](int inFlight) {
    set("frames-in-flight", inFlight);
    fake().frameMs = 10;
    const gint64 start = g_get_monotonic_time();
    for (guint8 i = 0; i < 30; ++i) {
      g_usleep(8000);  // a source that takes its time
      EXPECT_EQ(push(i, i), GST_FLOW_OK);
    }
    gst_harness_push_event(harness_.get(), gst_event_new_gap(GST_SECOND, GST_SECOND));
    return static_cast<double>(g_get_monotonic_time() - start) / 1e6;
  };
  double ratio = secondsFor(4) / secondsFor(1);
  // The machine may be busy with other things.
  for (int i = 0; i < 4 && ratio > 0.9; ++i) ratio = std::min(ratio, secondsFor(4) / secondsFor(1));
  EXPECT_LT(ratio, 0.9);
}

}  // namespace
}  // namespace cut::test
