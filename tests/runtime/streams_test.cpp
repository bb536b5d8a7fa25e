// SPDX-License-Identifier: MIT
// Streams of one model: what they are told, how they share the engine, and what becomes of them while it
// hangs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "cuttranslate/engine.hpp"
#include "cuttranslate/error.hpp"
#include "fake_control.hpp"
#include "tiny_model.hpp"

namespace cut {
namespace {

using testing::HasSubstr;

// Frames of 8x8 in memory of their own, and the outcomes in the order in which they came.
class Outcomes {
 public:
  void submit(Stream& stream, std::uint8_t value = 0) {
    auto pixels = std::make_shared<std::vector<std::uint8_t>>(192, value);
    stream.translateAsync(ImageView{pixels->data(), 24, 8, 8, {}},
                          MutableImageView{pixels->data(), 24, 8, 8, {}},
                          [this, pixels](const Outcome& outcome) {
                            const std::lock_guard lock(mutex_);
                            outcomes_.push_back(outcome);
                            first_.push_back((*pixels)[0]);
                            changed_.notify_all();
                          });
  }

  std::vector<Outcome> wait(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return outcomes_.size() >= count; });
    return outcomes_;
  }

  std::size_t count() {
    const std::lock_guard lock(mutex_);
    return outcomes_.size();
  }

  std::vector<int> firstBytes() {
    const std::lock_guard lock(mutex_);
    return first_;
  }

 private:
  std::mutex mutex_;  // guards the rest
  std::condition_variable changed_;
  std::vector<Outcome> outcomes_;
  std::vector<int> first_;
};

class Streams : public testing::Test {
 protected:
  ~Streams() override { test::resetFake(); }

  std::unique_ptr<Stream> configured() const {
    auto stream = model_->makeStream();
    stream->configure({8, 8});
    return stream;
  }

  static void waitUntilHanging() {
    while (fake().hanging == 0) std::this_thread::yield();
  }

  static test::FakeControl& fake() { return test::fakeControl(); }

  // What a frame's error says.
  std::string messageOf(test::FrameFault fault, ErrorKind kind) const {
    fake().fault = fault;
    const auto stream = configured();
    Outcomes outcomes;
    outcomes.submit(*stream);
    const Outcome outcome = outcomes.wait(1)[0];
    EXPECT_TRUE(outcome.fault && outcome.fault->kind == kind);
    return outcome.fault ? outcome.fault->message : std::string();
  }

  test::TemporaryFolder folder_;
  std::filesystem::path path_ = test::writeTinyModel(folder_.path());
  std::shared_ptr<SharedModel> model_ = SharedModel::open(path_, {});
};

TEST_F(Streams, FramesFinishInSubmissionOrder) {
  const auto stream = configured();
  Outcomes outcomes;
  for (int i = 0; i < 20; ++i) outcomes.submit(*stream, static_cast<std::uint8_t>(i));
  outcomes.wait(20);
  const auto bytes = outcomes.firstBytes();
  for (std::size_t i = 0; i < 20; ++i) EXPECT_EQ(bytes[i], 255 - static_cast<int>(i));
}

TEST_F(Streams, OutcomeHasWaitAndRunTime) {
  const auto stream = configured();
  fake().frameMs = 30;
  Outcomes outcomes;
  outcomes.submit(*stream);
  outcomes.submit(*stream);
  const auto said = outcomes.wait(2);
  EXPECT_GE(said[0].ran, 0.029);
  EXPECT_GE(said[1].waited, 0.028) << "until the first one was done";
}

TEST_F(Streams, OutcomeNamesTheFault) {
  EXPECT_THAT(messageOf(test::FrameFault::error, ErrorKind::internal), HasSubstr("fails as told"));
  EXPECT_THAT(messageOf(test::FrameFault::throws, ErrorKind::internal), HasSubstr("throws as told"));
  EXPECT_THAT(messageOf(test::FrameFault::memory, ErrorKind::outOfMemory), HasSubstr("memory"));
  EXPECT_THAT(messageOf(test::FrameFault::nan, ErrorKind::internal), HasSubstr("NaN"));
}

TEST_F(Streams, FrameAfterAFaultIsTranslated) {
  const auto stream = configured();
  const auto other = configured();
  Outcomes outcomes;
  fake().fault = test::FrameFault::throws;
  outcomes.submit(*stream);
  outcomes.wait(1);
  fake().fault = test::FrameFault::none;
  outcomes.submit(*stream);
  outcomes.submit(*other);
  const auto said = outcomes.wait(3);
  EXPECT_TRUE(said[0].fault);
  EXPECT_FALSE(said[1].fault);
  EXPECT_FALSE(said[2].fault);
}

TEST_F(Streams, QueuesAreServedRoundRobin) {
  const auto greedy = configured();
  const auto modest = configured();
  fake().frameMs = 2;
  Outcomes many, few;
  for (int i = 0; i < 60; ++i) many.submit(*greedy);
  for (int i = 0; i < 5; ++i) few.submit(*modest);
  few.wait(5);
  EXPECT_LT(many.count(), 30U) << "the modest one did not wait for all of it";
  many.wait(60);
}

// What eight streams translate per second beside one: tests/bench/streams_bench.cpp.
TEST_F(Streams, EightStreamsOnThreadsOfTheirOwnShareOneNetworkAndRunEachFrameOnce) {
  const int networks = fake().networks;
  std::vector<std::unique_ptr<Stream>> streams;
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(SharedModel::open(path_, {}), model_);
    streams.push_back(configured());
  }
  EXPECT_EQ(fake().networks, networks);
  const int frames = fake().frames;
  std::vector<std::thread> threads;
  for (const auto& stream : streams)
    threads.emplace_back([&stream] {
      std::vector<std::uint8_t> pixels(192);
      for (int n = 0; n < 6; ++n)
        stream->translate(ImageView{pixels.data(), 24, 8, 8, {}},
                          MutableImageView{pixels.data(), 24, 8, 8, {}});
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(fake().frames - frames, 48);
}

TEST_F(Streams, DestroyingStreamsDoesNotWaitForAHungEngine) {
  auto stream = configured();
  const auto other = configured();
  Outcomes outcomes, others;
  fake().hang = true;
  outcomes.submit(*stream);
  waitUntilHanging();
  outcomes.submit(*stream);
  stream.reset();
  EXPECT_EQ(fake().hanging, 1) << "who waited for the engine would still be waiting";
  others.submit(*other);
  fake().hang = false;
  others.wait(1);
  EXPECT_EQ(outcomes.count(), 1U) << "the frame that waited is forgotten";
}

TEST_F(Streams, StreamsAndModelAreFreedAfterAHangEnds) {
  const int networks = fake().networks;
  auto stream = configured();
  Outcomes outcomes;
  fake().hang = true;
  outcomes.submit(*stream);
  waitUntilHanging();
  stream.reset();
  model_.reset();
  EXPECT_EQ(fake().hanging, 1) << "who waited for the engine would still be waiting";
  EXPECT_EQ(fake().networks, networks);
  fake().hang = false;
  while (fake().networks == networks) std::this_thread::yield();
  EXPECT_EQ(fake().networks, networks - 1);
}

TEST_F(Streams, ConfigureAsyncDoesNotWait) {
  const auto stream = model_->makeStream();
  fake().hang = true;
  std::mutex mutex;
  std::condition_variable changed;
  bool finished = false;
  stream->configureAsync({8, 8}, WarmUp::frame, [&](const Outcome& outcome) {
    EXPECT_FALSE(outcome.fault);
    const std::lock_guard lock(mutex);
    finished = true;
    changed.notify_all();
  });
  Outcomes outcomes;
  outcomes.submit(*stream, 5);
  fake().hang = false;
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return finished; });
  lock.unlock();
  outcomes.wait(1);
  EXPECT_EQ(outcomes.firstBytes()[0], 250);
}

}  // namespace
}  // namespace cut
