// SPDX-License-Identifier: MIT
// A stream from start to EOS: order of frames, caps changes, events, flushes; and whole pipelines.
#include <gmock/gmock.h>

#include <mutex>
#include <set>

#include "element_fixture.hpp"

namespace cut::test {
namespace {

class VideoStream : public ElementTest {
 protected:
  // A frame of `value`, of which the fake engine makes 255 - value.
  static BufferPtr frame(guint8 value, gsize bytes) {
    BufferPtr buffer(gst_buffer_new_allocate(nullptr, bytes, nullptr));
    gst_buffer_memset(buffer.get(), 0, value, bytes);
    GST_BUFFER_PTS(buffer.get()) = value * GST_MSECOND;
    return buffer;
  }

  static int firstByte(GstBuffer* buffer) {
    guint8 value = 0;
    gst_buffer_extract(buffer, 0, &value, 1);
    return value;
  }

  void setCaps(const std::string& caps) const {
    gst_harness_set_src_caps(harness_.get(), capsOf(caps).release());
  }

  // The first byte of the output for a frame of `value`; -1 where there is none.
  int translated(guint8 value, gsize bytes = 16 * 8 * 3) const {
    if (gst_harness_push(harness_.get(), frame(value, bytes).release()) != GST_FLOW_OK) return -1;
    const BufferPtr out(gst_harness_try_pull(harness_.get()));
    if (!out) return -1;
    EXPECT_EQ(gst_buffer_get_size(out.get()), bytes);
    return firstByte(out.get());
  }

  // The next event of this type downstream, dropping others.
  Owned<GstEvent> pullEvent(GstEventType type) const {
    while (Owned<GstEvent> event{gst_harness_try_pull_event(harness_.get())})
      if (GST_EVENT_TYPE(event.get()) == type) return event;
    return nullptr;
  }

  ElementPtr element_ = makeElement();
  HarnessPtr harness_ = makeHarness(element_.get(), videoCaps("RGB", 16, 8));
};

TEST_F(VideoStream, FramesKeepTheirOrder) {
  for (guint8 i = 0; i < 50; ++i)
    ASSERT_EQ(gst_harness_push(harness_.get(), frame(i, 16 * 8 * 3).release()), GST_FLOW_OK);
  for (int i = 0; i < 50; ++i) {
    const BufferPtr out(gst_harness_try_pull(harness_.get()));
    ASSERT_TRUE(out);
    EXPECT_EQ(firstByte(out.get()), 255 - i);
    EXPECT_EQ(GST_BUFFER_PTS(out.get()), static_cast<GstClockTime>(i) * GST_MSECOND);
  }
}

TEST_F(VideoStream, SizeChangeIsTranslated) {
  EXPECT_EQ(translated(10), 245);
  setCaps(videoCaps("RGB", 32, 16));
  EXPECT_EQ(translated(20, 32 * 16 * 3), 235);
  setCaps(videoCaps("RGB", 4, 4));
  EXPECT_EQ(translated(30, 4 * 4 * 3), 225);
  setCaps(videoCaps("RGB", 16, 8));
  EXPECT_EQ(translated(40), 215);
}

TEST_F(VideoStream, FormatChangeIsTranslated) {
  EXPECT_EQ(translated(10), 245);
  setCaps(videoCaps("BGRx", 16, 8));
  EXPECT_EQ(translated(20, 16 * 8 * 4), 235);
  setCaps(videoCaps("I420", 16, 8));
  EXPECT_NE(translated(100, 16 * 8 * 3 / 2), -1);
  setCaps(videoCaps("RGB", 16, 8));
  EXPECT_EQ(translated(40), 215);
}

TEST_F(VideoStream, EqualCapsAreAccepted) {
  EXPECT_EQ(translated(10), 245);
  for (int i = 0; i < 5; ++i) {
    setCaps(videoCaps("RGB", 16, 8));
    EXPECT_EQ(translated(11), 244);
  }
}

TEST_F(VideoStream, RefusedCapsStopTheStreamUntilSupportedOnes) {
  EXPECT_EQ(translated(10), 245);
  setCaps(videoCaps("RGB", 16, 8, ",interlace-mode=interleaved"));
  EXPECT_EQ(translated(20), -1);
  setCaps(videoCaps("RGB", 16, 8));
  EXPECT_EQ(translated(30), 225);
}

TEST_F(VideoStream, EosFollowsTheLastFrame) {
  EXPECT_EQ(translated(10), 245);
  EXPECT_TRUE(gst_harness_push_event(harness_.get(), gst_event_new_eos()));
  EXPECT_TRUE(pullEvent(GST_EVENT_EOS));
  EXPECT_EQ(gst_harness_push(harness_.get(), frame(1, 16 * 8 * 3).release()), GST_FLOW_EOS);
}

TEST_F(VideoStream, EosWithoutFramesPasses) {
  EXPECT_TRUE(gst_harness_push_event(harness_.get(), gst_event_new_eos()));
  EXPECT_TRUE(pullEvent(GST_EVENT_EOS));
  EXPECT_FALSE(popError());
}

TEST_F(VideoStream, FramesAfterAFlushAreTranslated) {
  EXPECT_EQ(translated(10), 245);
  EXPECT_TRUE(gst_harness_push_event(harness_.get(), gst_event_new_flush_start()));
  EXPECT_EQ(gst_harness_push(harness_.get(), frame(1, 16 * 8 * 3).release()), GST_FLOW_FLUSHING);
  EXPECT_TRUE(gst_harness_push_event(harness_.get(), gst_event_new_flush_stop(TRUE)));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  EXPECT_TRUE(gst_harness_push_event(harness_.get(), gst_event_new_segment(&segment)));
  EXPECT_EQ(translated(20), 235);
}

TEST_F(VideoStream, FramesAfterEosAndFlushAreTranslated) {
  EXPECT_TRUE(gst_harness_push_event(harness_.get(), gst_event_new_eos()));
  EXPECT_TRUE(gst_harness_push_event(harness_.get(), gst_event_new_flush_start()));
  EXPECT_TRUE(gst_harness_push_event(harness_.get(), gst_event_new_flush_stop(TRUE)));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  EXPECT_TRUE(gst_harness_push_event(harness_.get(), gst_event_new_segment(&segment)));
  EXPECT_EQ(translated(20), 235);
}

TEST_F(VideoStream, SegmentAndGapEventsPass) {
  EXPECT_EQ(translated(10), 245);
  while (const Owned<GstEvent> earlier{gst_harness_try_pull_event(harness_.get())}) {
  }
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  segment.start = 3 * GST_SECOND;
  segment.rate = 2;
  EXPECT_TRUE(gst_harness_push_event(harness_.get(), gst_event_new_segment(&segment)));
  const auto passed = pullEvent(GST_EVENT_SEGMENT);
  ASSERT_TRUE(passed);
  const GstSegment* got = nullptr;
  gst_event_parse_segment(passed.get(), &got);
  EXPECT_TRUE(gst_segment_is_equal(got, &segment));

  EXPECT_TRUE(gst_harness_push_event(harness_.get(), gst_event_new_gap(4 * GST_SECOND, GST_SECOND)));
  const auto gap = pullEvent(GST_EVENT_GAP);
  ASSERT_TRUE(gap);
  GstClockTime at = 0;
  gst_event_parse_gap(gap.get(), &at, nullptr);
  EXPECT_EQ(at, 4 * GST_SECOND);
}

// Sources without a parser (filesrc, sockets) send BYTES segments: frames have no running time, and none is
// late.
TEST_F(VideoStream, FramesInANonTimeSegmentAreTranslated) {
  for (const GstFormat format : {GST_FORMAT_BYTES, GST_FORMAT_DEFAULT, GST_FORMAT_BUFFERS, GST_FORMAT_TIME}) {
    SCOPED_TRACE(gst_format_get_name(format));
    GstSegment segment;
    gst_segment_init(&segment, format);
    segment.start = 2 * GST_SECOND;
    gst_harness_push_upstream_event(harness_.get(),
                                    gst_event_new_qos(GST_QOS_TYPE_UNDERFLOW, 2, GST_SECOND, 0));
    EXPECT_TRUE(gst_harness_push_event(harness_.get(), gst_event_new_segment(&segment)));
    if (format == GST_FORMAT_TIME) break;
    EXPECT_EQ(translated(10), 245);
    gst_harness_push_upstream_event(harness_.get(),
                                    gst_event_new_qos(GST_QOS_TYPE_THROTTLE, 1, GST_SECOND, GST_SECOND));
    EXPECT_EQ(translated(20), 235);
  }
}

TEST_F(VideoStream, TagAndCustomEventsPass) {
  EXPECT_TRUE(gst_harness_push_event(harness_.get(),
                                     gst_event_new_tag(gst_tag_list_new(GST_TAG_TITLE, "drive", nullptr))));
  EXPECT_TRUE(pullEvent(GST_EVENT_TAG));
  EXPECT_TRUE(gst_harness_push_event(
      harness_.get(),
      gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM, gst_structure_new_empty("cut-test"))));
  EXPECT_TRUE(pullEvent(GST_EVENT_CUSTOM_DOWNSTREAM));
}

TEST_F(VideoStream, DownstreamEosIsReturnedUpstream) {
  GstPad* sink = harness_->sinkpad;
  const gulong probe = gst_pad_add_probe(
      sink, GST_PAD_PROBE_TYPE_BUFFER,
      [](GstPad*, GstPadProbeInfo* info, gpointer) {
        GST_PAD_PROBE_INFO_FLOW_RETURN(info) = GST_FLOW_EOS;
        gst_buffer_unref(GST_PAD_PROBE_INFO_BUFFER(info));
        return GST_PAD_PROBE_HANDLED;
      },
      nullptr, nullptr);
  EXPECT_EQ(gst_harness_push(harness_.get(), frame(1, 16 * 8 * 3).release()), GST_FLOW_EOS);
  EXPECT_FALSE(popError());
  gst_pad_remove_probe(sink, probe);
}

class Pipeline : public PipelineTest {};

TEST_F(Pipeline, SinglePictureIsTranslated) {
  const auto pipeline = parse(
      "videotestsrc num-buffers=1 ! video/x-raw,width=32,height=24,framerate=0/1 ! @ ! fakesink name=sink");
  EXPECT_FALSE(play(pipeline.get()));
  g_autoptr(GstElement) sink = gst_bin_get_by_name(GST_BIN(pipeline.get()), "sink");
  g_autoptr(GstSample) last = nullptr;
  g_object_get(sink, "last-sample", &last, nullptr);
  EXPECT_TRUE(last);
}

TEST_F(Pipeline, SeekAndSecondPlaySucceed) {
  const auto pipeline = parse("videotestsrc num-buffers=20 ! video/x-raw,width=32,height=24 ! @ ! fakesink");
  EXPECT_FALSE(play(pipeline.get()));
  EXPECT_TRUE(gst_element_seek_simple(pipeline.get(), GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH, 0));
  EXPECT_FALSE(play(pipeline.get()));
}

TEST_F(Pipeline, SeveralElementsShareAModel) {
  const std::string one =
      "videotestsrc num-buffers=20 ! video/x-raw,width=32,height=24 ! cuttranslate model=" +
      launchWord(model_);
  const auto pipeline = parse(one + " ! fakesink " + one + " ! fakesink " + one + " ! cuttranslate model=" +
                              launchWord(model_) + " ! videoconvert ! video/x-raw,format=NV12 ! fakesink");
  EXPECT_FALSE(play(pipeline.get()));
}

class DownstreamFormat : public PipelineTest {
 protected:
  // The buffers that reach the sink; every twenty frames the capsfilter before it asks for another format.
  struct Seen {
    explicit Seen(GstElement* follows) : wish(follows) {}
    GstElement* const wish;
    std::mutex mutex;  // guards the rest
    guint64 frames = 0;
    guint64 wrong = 0;  // overtaken, or not as large as their caps say
    std::set<std::string> formats;
  };

  static GstPadProbeReturn look(GstPad* pad, GstPadProbeInfo* info, gpointer data) {
    auto& soFar = *static_cast<Seen*>(data);
    std::unique_lock lock(soFar.mutex);
    GstBuffer* buffer = GST_PAD_PROBE_INFO_BUFFER(info);
    const CapsPtr caps(gst_pad_get_current_caps(pad));
    GstVideoInfo video;
    gst_video_info_from_caps(&video, caps.get());
    soFar.formats.insert(GST_VIDEO_INFO_NAME(&video));
    if (GST_BUFFER_OFFSET(buffer) != soFar.frames || gst_buffer_get_size(buffer) != video.size) ++soFar.wrong;
    const char* next[] = {"video/x-raw,format=NV12", "video/x-raw,format=BGRA"};
    if (++soFar.frames % 20 != 0 || soFar.frames == 60) return GST_PAD_PROBE_OK;
    const CapsPtr wished = capsOf(next[soFar.frames / 20 - 1]);
    lock.unlock();
    g_object_set(soFar.wish, "caps", wished.get(), nullptr);
    return GST_PAD_PROBE_OK;
  }
};

TEST_F(DownstreamFormat, RenegotiationKeepsAllFramesInOrder) {
  for (const char* inFlight : {"1", "4"}) {
    SCOPED_TRACE(inFlight);
    const auto pipeline = parse(
        std::string("videotestsrc num-buffers=60 ! video/x-raw,width=32,height=24 ! @ frames-in-flight=") +
        inFlight + " ! capsfilter name=wish caps=video/x-raw,format=RGB ! fakesink name=sink");
    const Owned<GstElement> wish(gst_bin_get_by_name(GST_BIN(pipeline.get()), "wish"));
    const Owned<GstElement> sink(gst_bin_get_by_name(GST_BIN(pipeline.get()), "sink"));
    const Owned<GstPad> pad(gst_element_get_static_pad(sink.get(), "sink"));
    Seen seen(wish.get());
    gst_pad_add_probe(pad.get(), GST_PAD_PROBE_TYPE_BUFFER, &DownstreamFormat::look, &seen, nullptr);
    EXPECT_FALSE(play(pipeline.get()));
    const std::lock_guard lock(seen.mutex);
    EXPECT_EQ(seen.frames, 60U);
    EXPECT_EQ(seen.wrong, 0U);
    EXPECT_EQ(seen.formats, (std::set<std::string>{"RGB", "NV12", "BGRA"}));
  }
}

TEST_F(Pipeline, StopsWhilePlayingTenTimes) {
  const auto pipeline = parse("videotestsrc ! video/x-raw,width=32,height=24 ! @ ! fakesink");
  for (int i = 0; i < 10; ++i) {
    ASSERT_NE(gst_element_set_state(pipeline.get(), GST_STATE_PLAYING), GST_STATE_CHANGE_FAILURE);
    ASSERT_EQ(gst_element_get_state(pipeline.get(), nullptr, nullptr, 60 * GST_SECOND),
              GST_STATE_CHANGE_SUCCESS);
    ASSERT_EQ(gst_element_set_state(pipeline.get(), GST_STATE_NULL), GST_STATE_CHANGE_SUCCESS);
  }
}

TEST_F(Pipeline, FailedFrameEndsWithTheElementsError) {
  const Environment fault("CUT_FAKE_FAULT", "translate");
  const auto pipeline = parse("videotestsrc num-buffers=20 ! video/x-raw,width=32,height=24 ! @ ! fakesink");
  const auto error = play(pipeline.get());
  ASSERT_TRUE(error);
  EXPECT_THAT(error->text, testing::HasSubstr("fails as told"));
}

}  // namespace
}  // namespace cut::test
