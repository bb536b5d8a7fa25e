// Who waits for the engine, and what ends that.
#include "utilities.hpp"

#include <gtest/gtest.h>

namespace cut::gst {
namespace {

// Whether a wait for what never comes is ended by an interruption.
bool isInterrupted(InterruptibleCondition& condition) {
  return condition.wait([] { return false; }, InterruptibleCondition::Clock::now()) ==
         WaitResult::interrupted;
}

TEST(InterruptibleCondition, IsInterruptedUntilItIsResumed) {
  InterruptibleCondition condition;
  EXPECT_FALSE(isInterrupted(condition));
  for (const auto why : {Interruption::flush, Interruption::stop}) {
    condition.interrupt(why);
    EXPECT_TRUE(isInterrupted(condition));
    condition.resume(why);
    EXPECT_FALSE(isInterrupted(condition));
  }
}

// A seek on another thread, while the application stops the pipeline.
TEST(InterruptibleCondition, StaysInterruptedByAStopWhenAFlushEnds) {
  InterruptibleCondition condition;
  condition.interrupt(Interruption::flush);
  condition.interrupt(Interruption::stop);
  condition.resume(Interruption::flush);
  EXPECT_TRUE(isInterrupted(condition));
}

}  // namespace
}  // namespace cut::gst
