// SPDX-License-Identifier: MIT
// The property stats, its periodic message, and the measured latency.
#include "live_fixture.hpp"

namespace cut::test {
namespace {

class StatsProperty : public LiveTest {};

TEST_F(StatsProperty, CountsFramesByOutcome) {
  setText("on-error", "drop");
  for (int i = 0; i < 3; ++i) translated(1);
  set("enabled", FALSE);
  for (int i = 0; i < 2; ++i) translated(1);
  set("enabled", TRUE);
  fake().fault = FrameFault::error;
  translated(1);
  EXPECT_EQ(stat("frames-in"), 6U);
  EXPECT_EQ(stat("frames-out"), 5U);
  EXPECT_EQ(stat("frames-translated"), 3U);
  EXPECT_EQ(stat("frames-passed"), 2U);
  EXPECT_EQ(stat("frames-dropped"), 1U);
  EXPECT_EQ(stat("frames-failed"), 1U);
  EXPECT_EQ(stat("frames-repeated"), 0U);
}

TEST_F(StatsProperty, MeasuresEachStage) {
  fake().frameMs = 10;
  for (int i = 0; i < 5; ++i) translated(1);
  for (const char* what : {"mean", "p50", "p95", "max"}) {
    const guint64 inference = stat((std::string("inference-") + what).c_str());
    EXPECT_GE(inference, 9 * GST_MSECOND);
    EXPECT_GE(stat((std::string("total-") + what).c_str()), inference);
    stat((std::string("wait-") + what).c_str());
    stat((std::string("convert-") + what).c_str());
  }
  EXPECT_LE(stat("inference-p50"), stat("inference-p95"));
  EXPECT_LE(stat("inference-p95"), stat("inference-max") + 1000);
  EXPECT_GT(stat("latency"), 9 * GST_MSECOND);
}

TEST_F(StatsProperty, HasMemoryOfModelAndProcess) {
  EXPECT_GT(stat("memory-process"), 1'000'000U);
  EXPECT_GT(stat("memory-model"), 1000U);
}

TEST_F(StatsProperty, RestartsAtReadyToPaused) {
  translated(1);
  ASSERT_TRUE(goesTo(element_.get(), GST_STATE_READY));
  EXPECT_EQ(stat("frames-in"), 1U) << "still readable";
  ASSERT_TRUE(goesTo(element_.get(), GST_STATE_PAUSED));
  EXPECT_EQ(stat("frames-in"), 0U);
}

TEST_F(StatsProperty, MessageFollowsStatsInterval) {
  translated(1);
  EXPECT_FALSE(popElementMessage("cuttranslate-stats"));
  set("stats-interval", guint64{1});
  translated(1);
  const auto message = popElementMessage("cuttranslate-stats");
  ASSERT_TRUE(message);
  guint64 frames = 0;
  EXPECT_TRUE(gst_structure_get_uint64(gst_message_get_structure(message.get()), "frames-in", &frames));
  EXPECT_EQ(frames, 2U);
  set("stats-interval", guint64{3600 * GST_SECOND});
  translated(1);
  EXPECT_FALSE(popElementMessage("cuttranslate-stats"));
}

TEST_F(StatsProperty, MessageIsPostedOncePerInterval) {
  constexpr gint64 interval = 20'000;  // microseconds
  set("stats-interval", static_cast<guint64>(interval) * GST_USECOND);
  const gint64 start = g_get_monotonic_time();
  int posted = 0;
  EXPECT_TRUE(becomesTrue([&] {
    translated(1);
    posted += popElementMessage("cuttranslate-stats") != nullptr;
    return posted == 5;
  }));
  EXPECT_GE(g_get_monotonic_time() - start, 4 * interval) << "at most once per interval";
}

TEST_F(StatsProperty, FirstFrameOfAStreamPostsAMessage) {
  set("stats-interval", guint64{3600 * GST_SECOND});
  translated(1);
  EXPECT_TRUE(popElementMessage("cuttranslate-stats"));
  ASSERT_TRUE(goesTo(element_.get(), GST_STATE_READY));
  ASSERT_TRUE(goesTo(element_.get(), GST_STATE_PLAYING));
  gst_harness_set_src_caps(harness_.get(), capsOf(videoCaps("RGB", 16, 8)).release());
  translated(1);
  EXPECT_TRUE(popElementMessage("cuttranslate-stats"));
}

class MeasuredLatency : public LiveTest {};

TEST_F(MeasuredLatency, FollowsTheEnginesTimeWithALatencyMessage) {
  for (int i = 0; i < 10; ++i) translated(1);
  countMessages(GST_MESSAGE_LATENCY);
  fake().frameMs = 30;
  for (int i = 0; i < 4; ++i) translated(1);
  EXPECT_GE(stat("latency"), 30 * GST_MSECOND);
  EXPECT_GE(countMessages(GST_MESSAGE_LATENCY), 1);
  fake().frameMs = 1;
  for (int i = 0; i < 40; ++i) translated(1);
  EXPECT_LT(stat("latency"), 30 * GST_MSECOND);
  EXPECT_GE(countMessages(GST_MESSAGE_LATENCY), 1);
}

TEST_F(MeasuredLatency, IgnoresASingleSlowFrame) {
  for (int i = 0; i < 10; ++i) translated(1);
  fake().frameMs = 400;
  translated(1);
  fake().frameMs = 0;
  for (int i = 0; i < 3; ++i) translated(1);
  EXPECT_LT(stat("latency"), 400 * GST_MSECOND);
}

}  // namespace
}  // namespace cut::test
