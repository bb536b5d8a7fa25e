// SPDX-License-Identifier: MIT
// QoS events from downstream, and latency queries.
#include <gmock/gmock.h>

#include "element_fixture.hpp"

namespace cut::test {
namespace {

constexpr gsize frameBytes = 16 * 8 * 3;

class QosEvent : public ElementTest {
 protected:
  GstFlowReturn push(GstClockTime at) const {
    GstBuffer* buffer = gst_buffer_new_allocate(nullptr, frameBytes, nullptr);
    gst_buffer_memset(buffer, 0, 1, frameBytes);
    GST_BUFFER_PTS(buffer) = at;
    GST_BUFFER_DURATION(buffer) = GST_SECOND / 30;
    return gst_harness_push(harness_.get(), buffer);
  }

  unsigned received() const { return gst_harness_buffers_received(harness_.get()); }

  // Sends the QoS event of a sink that got the frame of time `at` too late by `late`.
  void sendQos(GstClockTime at, GstClockTimeDiff late) const {
    gst_harness_push_upstream_event(harness_.get(), gst_event_new_qos(GST_QOS_TYPE_UNDERFLOW, 2, late, at));
  }

  ElementPtr element_ = makeElement();
  HarnessPtr harness_ = makeHarness(element_.get(), videoCaps("RGB", 16, 8));
};

TEST_F(QosEvent, LateFrameIsDroppedUntranslatedWithAQosMessage) {
  EXPECT_EQ(push(0), GST_FLOW_OK);
  EXPECT_EQ(received(), 1U);
  sendQos(GST_SECOND, GST_SECOND);
  const Environment fault("CUT_FAKE_FAULT", "translate");  // would be seen if the frame were translated
  EXPECT_EQ(push(GST_SECOND), GST_FLOW_OK);
  EXPECT_EQ(received(), 1U);
  EXPECT_EQ(countMessages(GST_MESSAGE_QOS), 1);
  EXPECT_FALSE(popError());
}

TEST_F(QosEvent, FrameInTimeIsTranslatedAgainWithDiscont) {
  EXPECT_EQ(push(0), GST_FLOW_OK);
  sendQos(GST_SECOND, GST_SECOND);
  EXPECT_EQ(push(GST_SECOND), GST_FLOW_OK);
  EXPECT_EQ(push(10 * GST_SECOND), GST_FLOW_OK);
  ASSERT_EQ(received(), 2U);
  const BufferPtr before(gst_harness_try_pull(harness_.get()));
  const BufferPtr after(gst_harness_try_pull(harness_.get()));
  EXPECT_TRUE(GST_BUFFER_FLAG_IS_SET(after.get(), GST_BUFFER_FLAG_DISCONT))
      << "a frame was dropped before it";
}

TEST_F(QosEvent, QosFalseDropsNothing) {
  g_object_set(element_.get(), "qos", FALSE, nullptr);
  EXPECT_EQ(push(0), GST_FLOW_OK);
  sendQos(GST_SECOND, GST_SECOND);
  EXPECT_EQ(push(GST_SECOND), GST_FLOW_OK);
  EXPECT_EQ(received(), 2U);
}

TEST_F(QosEvent, FlushForgetsIt) {
  EXPECT_EQ(push(0), GST_FLOW_OK);
  sendQos(GST_SECOND, GST_SECOND);
  gst_harness_push_event(harness_.get(), gst_event_new_flush_start());
  gst_harness_push_event(harness_.get(), gst_event_new_flush_stop(TRUE));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_harness_push_event(harness_.get(), gst_event_new_segment(&segment));
  const unsigned before = received();
  EXPECT_EQ(push(GST_SECOND), GST_FLOW_OK);
  EXPECT_EQ(received(), before + 1);
}

TEST_F(QosEvent, ThrottleInANonLivePipelineIgnoresTheClock) {
  gst_pad_add_probe(
      harness_->srcpad, GST_PAD_PROBE_TYPE_QUERY_UPSTREAM,
      [](GstPad*, GstPadProbeInfo* info, gpointer) {
        GstQuery* query = GST_PAD_PROBE_INFO_QUERY(info);
        if (GST_QUERY_TYPE(query) != GST_QUERY_LATENCY) return GST_PAD_PROBE_OK;
        gst_query_set_latency(query, FALSE, 0, GST_CLOCK_TIME_NONE);
        return GST_PAD_PROBE_HANDLED;
      },
      nullptr, nullptr);
  gst_harness_use_testclock(harness_.get());
  gst_harness_set_time(harness_.get(), 100 * GST_SECOND);
  gst_harness_push_upstream_event(harness_.get(),
                                  gst_event_new_qos(GST_QOS_TYPE_THROTTLE, 1, 100 * GST_MSECOND, GST_SECOND));
  EXPECT_EQ(push(GST_SECOND), GST_FLOW_OK);
  EXPECT_EQ(received(), 0U) << "within the throttle interval";
  EXPECT_EQ(push(2 * GST_SECOND), GST_FLOW_OK);
  EXPECT_EQ(received(), 1U) << "the clock does not count";
}

TEST_F(QosEvent, EventIsForwardedUpstream) {
  sendQos(GST_SECOND, GST_SECOND);
  bool seen = false;
  while (const Owned<GstEvent> event{gst_harness_try_pull_upstream_event(harness_.get())})
    seen = seen || GST_EVENT_TYPE(event.get()) == GST_EVENT_QOS;
  EXPECT_TRUE(seen);
}

// The answer to a LATENCY query.
struct Latency {
  bool live = false;
  GstClockTime min = 0;
  GstClockTime max = 0;
};

class LatencyQuery : public QosEvent {
 protected:
  // The source pad's answer, where upstream answers `upstream`.
  std::optional<Latency> ask(Latency upstream) const {
    const gulong probe = gst_pad_add_probe(
        harness_->srcpad, GST_PAD_PROBE_TYPE_QUERY_UPSTREAM,
        [](GstPad*, GstPadProbeInfo* info, gpointer data) {
          GstQuery* query = GST_PAD_PROBE_INFO_QUERY(info);
          if (GST_QUERY_TYPE(query) != GST_QUERY_LATENCY) return GST_PAD_PROBE_OK;
          const auto& answer = *static_cast<Latency*>(data);
          gst_query_set_latency(query, answer.live, answer.min, answer.max);
          return GST_PAD_PROBE_HANDLED;
        },
        &upstream, nullptr);
    GstQuery* query = gst_query_new_latency();
    std::optional<Latency> result;
    if (gst_pad_peer_query(harness_->sinkpad, query)) {
      gboolean live = FALSE;
      result.emplace();
      gst_query_parse_latency(query, &live, &result->min, &result->max);
      result->live = live;
    }
    gst_query_unref(query);
    gst_pad_remove_probe(harness_->srcpad, probe);
    return result;
  }
};

TEST_F(LatencyQuery, AnswerAddsTheTimeOfAFrame) {
  EXPECT_EQ(push(0), GST_FLOW_OK);
  const auto latency = ask({true, 10 * GST_MSECOND, 50 * GST_MSECOND});
  ASSERT_TRUE(latency);
  EXPECT_TRUE(latency->live);
  EXPECT_GT(latency->min, 10 * GST_MSECOND);
  EXPECT_EQ(latency->max - 50 * GST_MSECOND, latency->min - 10 * GST_MSECOND);
}

TEST_F(LatencyQuery, UnboundedMaximumStaysUnbounded) {
  EXPECT_EQ(push(0), GST_FLOW_OK);
  const auto latency = ask({false, 0, GST_CLOCK_TIME_NONE});
  ASSERT_TRUE(latency);
  EXPECT_FALSE(latency->live);
  EXPECT_GT(latency->min, 0U);
  EXPECT_EQ(latency->max, GST_CLOCK_TIME_NONE);
}

TEST_F(LatencyQuery, GrowthPostsALatencyMessage) {
  countMessages(GST_MESSAGE_LATENCY);
  ASSERT_TRUE(goesTo(element_.get(), GST_STATE_READY));
  ASSERT_TRUE(goesTo(element_.get(), GST_STATE_PLAYING));
  gst_harness_set_src_caps(harness_.get(), capsOf(videoCaps("RGB", 16, 8)).release());
  EXPECT_EQ(push(0), GST_FLOW_OK);
  EXPECT_GE(countMessages(GST_MESSAGE_LATENCY), 1);
}

}  // namespace
}  // namespace cut::test
