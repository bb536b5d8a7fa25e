// When a frame is late, and what latency is told: times of a made-up clock, in milliseconds.
#include "qos.hpp"

#include <gtest/gtest.h>

namespace cut::gst {
namespace {

constexpr std::uint64_t ms = 1'000'000;

// A frame of 30 per second, of a model that takes 200 ms and says 220.
Verdict judge(Lateness& lateness, std::uint64_t time, std::uint64_t now) {
  return lateness.judge({time * ms, now * ms, 33 * ms}, 200 * ms, 220 * ms);
}

TEST(Lateness, IsMeasuredOfLiveSourcesOnly) {
  Lateness lateness;
  EXPECT_FALSE(judge(lateness, 0, 5000).late);
  lateness.setUpstream(true, 0);
  EXPECT_TRUE(judge(lateness, 0, 5000).late);
}

TEST(Lateness, KeepsTheOutputWithinTwoInferenceTimes) {
  Lateness lateness;
  lateness.setUpstream(true, 0);
  EXPECT_FALSE(judge(lateness, 1000, 1000).late);
  EXPECT_FALSE(judge(lateness, 1000, 1060).late) << "in time for a sink that waits for the latency";
  EXPECT_TRUE(judge(lateness, 1000, 1200).late) << "would come out 400 ms after its time";
}

TEST(Lateness, CountsFromWhenTheSourceGivesAFrame) {
  Lateness lateness;
  lateness.setUpstream(true, 100 * ms);
  EXPECT_FALSE(judge(lateness, 1000, 1150).late);
  EXPECT_TRUE(judge(lateness, 1000, 1300).late);
}

TEST(Lateness, LetsEveryFrameHaveTheTimeThatThePipelineGives) {
  Lateness lateness;
  lateness.setUpstream(true, 0);
  lateness.setPipelineLatency(1000 * ms);
  EXPECT_FALSE(judge(lateness, 1000, 1800).late);
  EXPECT_TRUE(judge(lateness, 1000, 1900).late);
}

TEST(Lateness, IsWhatAQosEventSaysUntilTheStreamBeginsAgain) {
  Lateness lateness;
  lateness.setQos(1.5, 300 * static_cast<std::int64_t>(ms), 1000 * ms);
  EXPECT_TRUE(judge(lateness, 1300, 0).late);
  EXPECT_EQ(judge(lateness, 1200, 0).jitter, 100 * static_cast<std::int64_t>(ms));
  EXPECT_EQ(judge(lateness, 1200, 0).proportion, 1.5);
  EXPECT_FALSE(judge(lateness, 1301, 0).late);
  lateness.restart();
  EXPECT_FALSE(judge(lateness, 1200, 0).late);
}

// A file that is played: the source could give any frame at once.
TEST(Lateness, IsFoundAheadOnceASinkHasSaidThatFramesComeLate) {
  Lateness lateness;
  EXPECT_FALSE(judge(lateness, 1000, 1000).late) << "nobody has asked for it";
  lateness.setQos(6, 200 * static_cast<std::int64_t>(ms), 1000 * ms);
  EXPECT_TRUE(judge(lateness, 1233, 1200).late) << "would be shown at 1400";
  EXPECT_FALSE(judge(lateness, 1400, 1200).late);
  lateness.setQos(6, -10 * static_cast<std::int64_t>(ms), 1400 * ms);
  EXPECT_TRUE(judge(lateness, 1433, 1400).late) << "that one came in time because others were left out";
  EXPECT_FALSE(judge(lateness, 1600, 1400).late);
}

TEST(Lateness, IsNotFoundAheadForASinkThatWantsFewerFrames) {
  Lateness lateness;
  lateness.setThrottle(100 * static_cast<std::int64_t>(ms), 1000 * ms);
  EXPECT_TRUE(judge(lateness, 1100, 0).late) << "it is not wanted";
  EXPECT_FALSE(judge(lateness, 1133, 5000).late) << "the clock says nothing where nobody is late";
}

TEST(Lateness, NeverStarvesASinkForMoreThanASecond) {
  Lateness lateness;
  lateness.setUpstream(true, 0);
  int shown = 0;
  for (std::uint64_t i = 0; i < 100; ++i) shown += !judge(lateness, i * 33, i * 33 + 5000).late;
  EXPECT_GE(shown, 2);
  EXPECT_LE(shown, 4);
}

TEST(Lateness, OfFramesWithoutATimeIsNotKnown) {
  Lateness lateness;
  lateness.setUpstream(true, 0);
  EXPECT_FALSE(lateness.judge({std::nullopt, 5000 * ms, 0}, 200 * ms, 220 * ms).late);
  EXPECT_FALSE(lateness.judge({0, std::nullopt, 0}, 200 * ms, 220 * ms).late);
}

TEST(LatencyEstimate, IsATenthMoreThanWhatWasMeasuredInWholeMilliseconds) {
  LatencyEstimate estimate;
  EXPECT_TRUE(estimate.restart(0.1));
  EXPECT_EQ(estimate.reported(), 110 * ms);
  EXPECT_EQ(estimate.typical(), 100 * ms);
  EXPECT_FALSE(estimate.add(0.1));
}

TEST(LatencyEstimate, RisesAtOnceAndFallsAfterManyFrames) {
  LatencyEstimate estimate;
  estimate.restart(0.1);
  EXPECT_TRUE(estimate.add(0.2));
  EXPECT_EQ(estimate.reported(), 220 * ms);
  int changes = 0;
  for (int i = 0; i < 60; ++i) changes += estimate.add(0.05);
  EXPECT_LE(changes, 2) << "calmly";
  EXPECT_EQ(estimate.reported(), 55 * ms);
}

TEST(LatencyEstimate, KnowsAfterTwoFramesThatTheEngineHasBecomeSlower) {
  LatencyEstimate estimate;
  estimate.restart(0.05);
  for (int i = 0; i < 40; ++i) estimate.add(0.05);
  estimate.add(0.4);
  EXPECT_EQ(estimate.typical(), 50 * ms) << "one may be an exception";
  estimate.add(0.4);
  EXPECT_EQ(estimate.typical(), 400 * ms);
  estimate.add(0.05);
  EXPECT_EQ(estimate.typical(), 50 * ms);
}

TEST(LatencyEstimate, IgnoresASingleFrameThatTookMuchLonger) {
  LatencyEstimate estimate;
  estimate.restart(0.1);
  for (int i = 0; i < 10; ++i) estimate.add(0.1);
  EXPECT_FALSE(estimate.add(5));
  EXPECT_EQ(estimate.reported(), 110 * ms);
  EXPECT_TRUE(estimate.add(5)) << "two are no exception";
}

}  // namespace
}  // namespace cut::gst
