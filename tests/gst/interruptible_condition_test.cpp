// SPDX-License-Identifier: MIT
// InterruptibleCondition, on which the streaming thread waits for the engine.
#include "utilities.hpp"

#include <gtest/gtest.h>

namespace cut::gst {
namespace {

// Whether wait() returns because of an interruption, with a predicate that never holds.
bool isInterrupted(InterruptibleCondition& condition) {
  return condition.wait([] { return false; }, InterruptibleCondition::Clock::now()) ==
         WaitResult::interrupted;
}

TEST(InterruptibleCondition, WaitIsInterruptedUntilResume) {
  InterruptibleCondition condition;
  EXPECT_FALSE(isInterrupted(condition));
  for (const auto why : {Interruption::flush, Interruption::stop}) {
    condition.interrupt(why);
    EXPECT_TRUE(isInterrupted(condition));
    condition.resume(why);
    EXPECT_FALSE(isInterrupted(condition));
  }
}

// A flushing seek on one thread, while another stops the pipeline.
TEST(InterruptibleCondition, StopKeepsItInterruptedAfterTheFlushEnds) {
  InterruptibleCondition condition;
  condition.interrupt(Interruption::flush);
  condition.interrupt(Interruption::stop);
  condition.resume(Interruption::flush);
  EXPECT_TRUE(isInterrupted(condition));
}

}  // namespace
}  // namespace cut::gst
