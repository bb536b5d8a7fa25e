// SPDX-License-Identifier: MIT
// Lateness and LatencyEstimate, with invented times in milliseconds.
#include "qos.hpp"

#include <gtest/gtest.h>

namespace cut::gst {
namespace {

constexpr std::uint64_t ms = 1'000'000;

// For a frame of 33 ms and a model that takes 200 ms and reports 220 ms.
Verdict judge(Lateness& lateness, std::uint64_t time, std::uint64_t now) {
  return lateness.judge({time * ms, now * ms, 33 * ms}, 200 * ms, 220 * ms);
}

TEST(Lateness, ClockCountsForLiveSourcesOnly) {
  Lateness lateness;
  EXPECT_FALSE(judge(lateness, 0, 5000).late);
  lateness.setUpstream(true, 0);
  EXPECT_TRUE(judge(lateness, 0, 5000).late);
}

TEST(Lateness, LiveFrameIsLateBeyondTwoInferenceTimes) {
  Lateness lateness;
  lateness.setUpstream(true, 0);
  EXPECT_FALSE(judge(lateness, 1000, 1000).late);
  EXPECT_FALSE(judge(lateness, 1000, 1060).late) << "within the latency and the tolerance";
  EXPECT_TRUE(judge(lateness, 1000, 1200).late) << "would go out 400 ms after its time";
}

TEST(Lateness, UpstreamLatencyIsAdded) {
  Lateness lateness;
  lateness.setUpstream(true, 100 * ms);
  EXPECT_FALSE(judge(lateness, 1000, 1150).late);
  EXPECT_TRUE(judge(lateness, 1000, 1300).late);
}

TEST(Lateness, PipelineLatencyIsAllowedFor) {
  Lateness lateness;
  lateness.setUpstream(true, 0);
  lateness.setPipelineLatency(1000 * ms);
  EXPECT_FALSE(judge(lateness, 1000, 1800).late);
  EXPECT_TRUE(judge(lateness, 1000, 1900).late);
}

TEST(Lateness, QosEventCountsUntilRestart) {
  Lateness lateness;
  lateness.setQos(1.5, 300 * static_cast<std::int64_t>(ms), 1000 * ms);
  EXPECT_TRUE(judge(lateness, 1300, 0).late);
  EXPECT_EQ(judge(lateness, 1200, 0).jitter, 100 * static_cast<std::int64_t>(ms));
  EXPECT_EQ(judge(lateness, 1200, 0).proportion, 1.5);
  EXPECT_FALSE(judge(lateness, 1301, 0).late);
  lateness.restart();
  EXPECT_FALSE(judge(lateness, 1200, 0).late);
}

// Playing a file: the source can deliver any frame at once.
TEST(Lateness, ClockCountsOnceAQosEventReportedALateFrame) {
  Lateness lateness;
  EXPECT_FALSE(judge(lateness, 1000, 1000).late) << "no QoS event yet";
  lateness.setQos(6, 200 * static_cast<std::int64_t>(ms), 1000 * ms);
  EXPECT_TRUE(judge(lateness, 1233, 1200).late) << "would be rendered at 1400";
  EXPECT_FALSE(judge(lateness, 1400, 1200).late);
  lateness.setQos(6, -10 * static_cast<std::int64_t>(ms), 1400 * ms);
  EXPECT_TRUE(judge(lateness, 1433, 1400).late) << "the last one was in time because others were dropped";
  EXPECT_FALSE(judge(lateness, 1600, 1400).late);
}

TEST(Lateness, ThrottleEventDoesNotMakeTheClockCount) {
  Lateness lateness;
  lateness.setThrottle(100 * static_cast<std::int64_t>(ms), 1000 * ms);
  EXPECT_TRUE(judge(lateness, 1100, 0).late) << "within the throttle interval";
  EXPECT_FALSE(judge(lateness, 1133, 5000).late) << "the clock does not count";
}

TEST(Lateness, OneFramePerSecondIsNeverLate) {
  Lateness lateness;
  lateness.setUpstream(true, 0);
  int shown = 0;
  for (std::uint64_t i = 0; i < 100; ++i) shown += !judge(lateness, i * 33, i * 33 + 5000).late;
  EXPECT_GE(shown, 2);
  EXPECT_LE(shown, 4);
}

TEST(Lateness, UnknownTimesAreNotLate) {
  Lateness lateness;
  lateness.setUpstream(true, 0);
  EXPECT_FALSE(lateness.judge({std::nullopt, 5000 * ms, 0}, 200 * ms, 220 * ms).late);
  EXPECT_FALSE(lateness.judge({0, std::nullopt, 0}, 200 * ms, 220 * ms).late);
}

TEST(LatencyEstimate, ReportedIsTenPercentAboveTheMeasurement) {
  LatencyEstimate estimate;
  EXPECT_TRUE(estimate.restart(0.1));
  EXPECT_EQ(estimate.reported(), 110 * ms);
  EXPECT_EQ(estimate.typical(), 100 * ms);
  EXPECT_FALSE(estimate.add(0.1));
}

TEST(LatencyEstimate, ReportedRisesAtOnceAndFallsAfterManyFrames) {
  LatencyEstimate estimate;
  estimate.restart(0.1);
  EXPECT_TRUE(estimate.add(0.2));
  EXPECT_EQ(estimate.reported(), 220 * ms);
  int changes = 0;
  for (int i = 0; i < 60; ++i) changes += estimate.add(0.05);
  EXPECT_LE(changes, 2) << "each change makes the pipeline recalculate its latency";
  EXPECT_EQ(estimate.reported(), 55 * ms);
}

TEST(LatencyEstimate, TypicalFollowsASlowerEngineAfterTwoFrames) {
  LatencyEstimate estimate;
  estimate.restart(0.05);
  for (int i = 0; i < 40; ++i) estimate.add(0.05);
  estimate.add(0.4);
  EXPECT_EQ(estimate.typical(), 50 * ms) << "one may be an outlier";
  estimate.add(0.4);
  EXPECT_EQ(estimate.typical(), 400 * ms);
  estimate.add(0.05);
  EXPECT_EQ(estimate.typical(), 50 * ms);
}

TEST(LatencyEstimate, ReportedIgnoresASingleOutlier) {
  LatencyEstimate estimate;
  estimate.restart(0.1);
  for (int i = 0; i < 10; ++i) estimate.add(0.1);
  EXPECT_FALSE(estimate.add(5));
  EXPECT_EQ(estimate.reported(), 110 * ms);
  EXPECT_TRUE(estimate.add(5)) << "two are not outliers";
}

}  // namespace
}  // namespace cut::gst
