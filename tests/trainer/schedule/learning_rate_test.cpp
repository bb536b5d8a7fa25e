// SPDX-License-Identifier: MIT
#include "trainer/schedule/learning_rate.hpp"

#include <gtest/gtest.h>

#include "cuttranslate/error.hpp"

namespace cut::trainer {
namespace {

TEST(LearningRate, LinearIsConstantAndThenDecaysInEqualSteps) {
  const LearningRate rate({.initial = 1, .epochs = 2, .decayEpochs = 3});
  EXPECT_EQ(rate.at(1), 1);
  EXPECT_EQ(rate.at(2), 1);
  EXPECT_EQ(rate.at(3), 0.75);
  EXPECT_EQ(rate.at(5), 0.25);
}

TEST(LearningRate, StepDecaysToATenth) {
  const LearningRate rate({.policy = RatePolicy::step, .initial = 1, .decayInterval = 2});
  EXPECT_EQ(rate.at(2), 1);
  EXPECT_DOUBLE_EQ(rate.at(3), 0.1);
  EXPECT_DOUBLE_EQ(rate.at(5), 0.01);
}

TEST(LearningRate, CosineDecaysToZeroUnlessReferenceQuirksAreOn) {
  const RateOptions options{.policy = RatePolicy::cosine, .initial = 1, .epochs = 10, .decayEpochs = 10};
  const LearningRate rate(options);
  for (int epoch = 2; epoch <= 20; ++epoch) EXPECT_LT(rate.at(epoch), rate.at(epoch - 1));
  RateOptions quirks = options;
  quirks.referenceQuirks = true;
  EXPECT_NEAR(LearningRate(quirks).at(11), 0, 1e-12);
  EXPECT_NEAR(LearningRate(quirks).at(21), 1, 1e-12);
}

TEST(LearningRate, PlateauDecaysOnceTheLossStopsFalling) {
  LearningRate rate({.policy = RatePolicy::plateau, .initial = 1});
  for (int epoch = 1; epoch <= 10; ++epoch) rate.epochEnded(10.0 / epoch);
  EXPECT_EQ(rate.at(11), 1);
  for (int epoch = 0; epoch < 5; ++epoch) rate.epochEnded(1);
  EXPECT_EQ(rate.at(16), 1);
  rate.epochEnded(1);
  EXPECT_DOUBLE_EQ(rate.at(17), 0.2);
}

TEST(LearningRate, RestoredStateContinues) {
  LearningRate one({.policy = RatePolicy::plateau});
  for (int epoch = 0; epoch < 4; ++epoch) one.epochEnded(1);
  LearningRate other({.policy = RatePolicy::plateau});
  other.restore(one.state());
  for (int epoch = 0; epoch < 4; ++epoch) {
    one.epochEnded(1);
    other.epochEnded(1);
    EXPECT_EQ(one.state(), other.state());
  }
}

TEST(LearningRate, SettingsWithoutEpochsThrow) {
  EXPECT_THROW(LearningRate({.epochs = 0, .decayEpochs = 0}), Error);
  EXPECT_THROW(LearningRate({.epochs = -1}), Error);
}

}  // namespace
}  // namespace cut::trainer
