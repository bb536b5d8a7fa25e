// Who waits for the engine, and what ends that.
#include "signal.hpp"

#include <gtest/gtest.h>

namespace cut::gst {
namespace {

// Whether a wait for what never comes is ended by an interruption.
bool isInterrupted(Signal& signal) {
  return signal.wait([] { return false; }, Signal::Clock::now()) == Woken::interrupted;
}

TEST(Signal, IsInterruptedUntilItIsResumed) {
  Signal signal;
  EXPECT_FALSE(isInterrupted(signal));
  for (const auto why : {Interruption::flush, Interruption::stop}) {
    signal.interrupt(why);
    EXPECT_TRUE(isInterrupted(signal));
    signal.resume(why);
    EXPECT_FALSE(isInterrupted(signal));
  }
}

// A seek on another thread, while the application stops the pipeline.
TEST(Signal, StaysInterruptedByAStopWhenAFlushEnds) {
  Signal signal;
  signal.interrupt(Interruption::flush);
  signal.interrupt(Interruption::stop);
  signal.resume(Interruption::flush);
  EXPECT_TRUE(isInterrupted(signal));
}

}  // namespace
}  // namespace cut::gst
