// SPDX-License-Identifier: MIT
#include "stats.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace cut::gst {
namespace {

TEST(Statistics, CountsFramesByOutcome) {
  Statistics statistics;
  for (const FrameOutcome outcome : {FrameOutcome::translated, FrameOutcome::translated, FrameOutcome::passed,
                                     FrameOutcome::repeated, FrameOutcome::dropped}) {
    statistics.frameIn();
    statistics.frameFinished(outcome);
  }
  const Report report = statistics.report();
  EXPECT_EQ(report.in, 5U);
  EXPECT_EQ(report.out, 4U);
  EXPECT_EQ(report.translated, 2U);
  EXPECT_EQ(report.dropped, 1U);
  EXPECT_GT(report.framesPerSecond, 0);
}

TEST(Statistics, PercentilesCoverTheLastFramesAndTheMeanAll) {
  Statistics statistics;
  for (int i = 1; i <= 100; ++i) statistics.frameTimes({0, i / 100.0, 0, 0});
  const StageTimes times = statistics.report().inference;
  EXPECT_NEAR(times.mean, 0.505, 1e-6);
  EXPECT_NEAR(times.median, 0.5, 1e-6);
  EXPECT_NEAR(times.p95, 0.95, 1e-6);
  EXPECT_NEAR(times.max, 1, 1e-6);
  for (int i = 0; i < 1024; ++i) statistics.frameTimes({0, 2, 0, 0});
  EXPECT_NEAR(statistics.report().inference.median, 2, 1e-6);
}

TEST(Statistics, EmptyAtFirstAndAfterRestart) {
  Statistics statistics;
  EXPECT_EQ(statistics.report().wait.p95, 0);
  statistics.frameIn();
  statistics.frameTimes({1, 1, 1, 1});
  statistics.restart();
  EXPECT_EQ(statistics.report().in, 0U);
  EXPECT_EQ(statistics.report().wait.max, 0);
}

TEST(Statistics, ReportWhileAnotherThreadCounts) {
  Statistics statistics;
  std::thread maker([&] {
    for (int i = 0; i < 2000; ++i) {
      statistics.frameIn();
      statistics.frameTimes({0, 0.1, 0, 0.1});
      statistics.frameFinished(FrameOutcome::translated);
    }
  });
  while (statistics.counts().out < 2000) {
    const Report report = statistics.report();
    EXPECT_LE(report.out, report.in);
  }
  maker.join();
}

}  // namespace
}  // namespace cut::gst
