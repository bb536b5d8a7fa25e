// SPDX-License-Identifier: MIT
// The facade with the fake engine, which turns colours around.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <limits>
#include <thread>
#include <utility>
#include <vector>

#include "cuttranslate/engine.hpp"
#include "cuttranslate/error.hpp"
#include "tiny_model.hpp"

namespace cut {
namespace {

using testing::HasSubstr;

class SharedModelTest : public testing::Test {
 protected:
  ~SharedModelTest() override { unsetenv("CUT_FAKE_FAULT"); }

  test::TemporaryFolder folder_;
  std::filesystem::path path_ = test::writeTinyModel(folder_.path());
};

ErrorKind kindThrown(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    EXPECT_STRNE(error.what(), "");
    return error.kind();
  }
  ADD_FAILURE() << "nothing was thrown";
  return ErrorKind::internal;
}

TEST_F(SharedModelTest, OpenReturnsSameObjectForSameFileAndOptions) {
  const auto first = SharedModel::open(path_, {});
  EXPECT_EQ(first, SharedModel::open(path_, {}));
  EXPECT_EQ(first, SharedModel::open(folder_.path() / "." / "tiny.pt", {.engine = "torch"}));
}

TEST_F(SharedModelTest, OpenReturnsSameObjectForAutoAndNamedDevice) {
  for (const bool autoFirst : {true, false}) {
    const EngineOptions exact{.device = "cpu", .precision = Precision::fp32};
    const auto first = SharedModel::open(path_, autoFirst ? EngineOptions{} : exact);
    EXPECT_EQ(first, SharedModel::open(path_, autoFirst ? exact : EngineOptions{}));
    EXPECT_EQ(first, SharedModel::open(path_, {.device = "cpu"}));
    EXPECT_EQ(first, SharedModel::open(path_, {.precision = Precision::fp32}));
  }
}

TEST_F(SharedModelTest, NoticeMentionsMissingChecksums) {
  EXPECT_THAT(SharedModel::open(CUT_NO_CHECKSUMS, {})->active().notice, HasSubstr("all its checksums are 0"));
  EXPECT_THAT(SharedModel::open(path_, {})->active().notice, testing::Not(HasSubstr("checksums")));
}

TEST_F(SharedModelTest, ReplacedFileIsOpenedAgain) {
  const auto first = SharedModel::open(path_, {});
  writeModelFile(path_, test::tinyModel(3, 3, /*seed=*/2));
  EXPECT_NE(first, SharedModel::open(path_, {}));
}

TEST_F(SharedModelTest, ConcurrentOpensLoadOnce) {
  std::vector<std::shared_ptr<SharedModel>> models(8);
  std::vector<std::thread> threads;
  for (auto& model : models) threads.emplace_back([&] { model = SharedModel::open(path_, {}); });
  for (auto& thread : threads) thread.join();
  for (const auto& model : models) EXPECT_EQ(model, models[0]);
}

TEST_F(SharedModelTest, ActiveEngineResolvesAuto) {
  const auto model = SharedModel::open(path_, {.threads = 1024});
  EXPECT_EQ(model->active().engine, "fake");
  EXPECT_EQ(model->active().device, "cpu");
  EXPECT_EQ(model->active().precision, "fp32");
  EXPECT_GE(model->active().threads, 1);
  EXPECT_LE(model->active().threads, static_cast<int>(std::thread::hardware_concurrency()));
}

TEST_F(SharedModelTest, EngineFaultsBecomeErrors) {
  setenv("CUT_FAKE_FAULT", "load", 1);
  EXPECT_EQ(kindThrown([&] { SharedModel::open(path_, {}); }), ErrorKind::internal);
  setenv("CUT_FAKE_FAULT", "memory", 1);
  EXPECT_EQ(kindThrown([&] { SharedModel::open(path_, {}); }), ErrorKind::outOfMemory);
  setenv("CUT_FAKE_FAULT", "session", 1);
  EXPECT_EQ(kindThrown([&] {
              SharedModel::open(path_, {})->makeStream()->configure({8, 8});
            }),
            ErrorKind::outOfMemory);
}

TEST_F(SharedModelTest, RequestedDeviceAndPrecisionNeverFallBack) {
  EXPECT_EQ(kindThrown([&] { SharedModel::open(path_, {.device = "cuda"}); }), ErrorKind::noDevice);
  EXPECT_EQ(kindThrown([&] { SharedModel::open(path_, {.precision = Precision::int8}); }),
            ErrorKind::unsupported);
}

TEST_F(SharedModelTest, NonFiniteWeightsAreRefusedNamingTheTensor) {
  for (const float bad : {std::nanf(""), std::numeric_limits<float>::infinity()}) {
    ModelFile model = test::tinyModel();
    auto& [name, bias] = model.weights.back();
    bias = fromFloats(bias.shape, {0, bad, 0});
    writeModelFile(path_, model);
    try {
      SharedModel::open(path_, {});
      ADD_FAILURE() << "nothing was thrown";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::wrongFile);
      EXPECT_THAT(error.what(),
                  testing::AllOf(HasSubstr(path_.string()), HasSubstr(name), HasSubstr("no picture")));
    }
  }
}

TEST_F(SharedModelTest, VerifyNeedsASampleAndRefusesMismatch) {
  EXPECT_EQ(kindThrown([&] { SharedModel::open(path_, {})->verify(); }), ErrorKind::unsupported);
  ModelFile model = test::tinyModel();
  const std::vector<float> ramp(3 * 64, 0.5F);
  model.sample = Sample{fromFloats({1, 3, 8, 8}, ramp), fromFloats({1, 3, 8, 8}, ramp)};
  writeModelFile(path_, model);
  EXPECT_EQ(kindThrown([&] { SharedModel::open(path_, {})->verify(); }), ErrorKind::mismatch);
  model.sample->output = fromFloats({1, 3, 8, 8}, std::vector<float>(3 * 64, -0.5F));
  writeModelFile(path_, model);
  EXPECT_EQ(SharedModel::open(path_, {})->verify().largestDifference, 0);
}

TEST_F(SharedModelTest, StreamsOnOneWorkerAreIndependent) {
  const auto model = SharedModel::open(path_, {});
  std::vector<std::thread> threads;
  for (int i = 1; i <= 8; ++i)
    threads.emplace_back([&model, i] {
      const auto stream = model->makeStream();
      stream->configure({8 * i, 8});
      const std::size_t count = 3 * 64 * static_cast<std::size_t>(i);
      const std::vector<float> in(count, static_cast<float>(i) / 10);
      std::vector<float> out(count);
      for (int n = 0; n < 50; ++n) {
        stream->translate(in, out);
        for (const float value : out) ASSERT_EQ(value, -in[0]);
      }
    });
  for (auto& thread : threads) thread.join();
}

TEST_F(SharedModelTest, ModelLivesWhileAStreamUsesIt) {
  auto model = SharedModel::open(path_, {});
  const auto stream = model->makeStream();
  model.reset();
  EXPECT_GE(stream->configure({8, 8}), 0);
}

TEST_F(SharedModelTest, FramesOfOtherSizeThanConfiguredAreRefused) {
  const auto stream = SharedModel::open(path_, {})->makeStream();
  std::vector<float> planes(3 * 64);
  EXPECT_EQ(kindThrown([&] { stream->translate(planes, planes); }), ErrorKind::invalidArgument);
  EXPECT_EQ(kindThrown([&] { stream->configure({0, 8}); }), ErrorKind::invalidArgument);
  EXPECT_EQ(kindThrown([&] { stream->configure({8, 1 << 20}); }), ErrorKind::invalidArgument);
  stream->configure({8, 8});
  std::vector<float> small(3 * 63);
  EXPECT_EQ(kindThrown([&] { stream->translate(small, planes); }), ErrorKind::invalidArgument);
  std::vector<std::uint8_t> pixels(8 * 8 * 3);
  const ImageView narrow{pixels.data(), 24, 7, 8, {}};
  EXPECT_EQ(kindThrown([&] {
              stream->translate(narrow, MutableImageView{pixels.data(), 24, 8, 8, {}});
            }),
            ErrorKind::invalidArgument);
}

// NV12 of 8x8 in one piece of memory.
template <typename View, typename Byte>
View nv12(Byte* memory) {
  View view;
  view.planes = {memory, memory + 64};
  view.strides = {8, 8};
  view.width = view.height = 8;
  view.format.u = {1, 0, 2};
  view.format.v = {1, 1, 2};
  return view;
}

TEST_F(SharedModelTest, YuvFramesKeepTheirRange) {
  const auto stream = SharedModel::open(path_, {})->makeStream();
  stream->configure({8, 8});
  std::vector<std::uint8_t> in(96, 128), out(96);
  std::fill_n(in.begin(), 64, std::uint8_t{20});
  stream->translate(nv12<YuvView>(std::as_const(in).data()), nv12<MutableYuvView>(out.data()));
  EXPECT_EQ(out[0], 231) << "of 16 to 235, turned around";
  EXPECT_EQ(out[64], 128);
}

TEST_F(SharedModelTest, InvalidYuvFramesAreRefused) {
  const auto model = SharedModel::open(path_, {});
  const auto stream = model->makeStream();
  stream->configure({8, 8});
  std::vector<std::uint8_t> pixels(96);
  const MutableYuvView out = nv12<MutableYuvView>(pixels.data());
  const auto refused = [&](const std::function<void(YuvView&)>& change) {
    YuvView in = nv12<YuvView>(std::as_const(pixels).data());
    change(in);
    return kindThrown([&] { stream->translate(in, out); }) == ErrorKind::invalidArgument;
  };
  EXPECT_TRUE(refused([](YuvView& in) { in.width = 7; }));
  EXPECT_TRUE(refused([](YuvView& in) { in.format.depth = 7; }));
  EXPECT_TRUE(refused([](YuvView& in) { in.format.depth = 17; }));
  EXPECT_TRUE(refused([](YuvView& in) { in.format.shift = 1; })) << "8 bits in a byte leave none unused";
  EXPECT_TRUE(refused([](YuvView& in) { in.format.u.plane = 4; }));
  EXPECT_TRUE(refused([](YuvView& in) { in.format.v.offset = -1; }));
  EXPECT_TRUE(refused([](YuvView& in) { in.format.y.step = 0; }));
  EXPECT_TRUE(refused([](YuvView& in) { in.format.depth = 10; })) << "words of two bytes, one byte apart";
  EXPECT_TRUE(refused([](YuvView& in) { in.format.chromaShiftX = 2; }));
  const auto grey = SharedModel::open(test::writeTinyModel(folder_.path(), "grey.pt", 1), {})->makeStream();
  grey->configure({8, 8});
  EXPECT_EQ(kindThrown([&] { grey->translate(nv12<YuvView>(std::as_const(pixels).data()), out); }),
            ErrorKind::invalidArgument);
}

TEST_F(SharedModelTest, MissingModuleIsNamed) {
  try {
    SharedModel::open(path_, {.engine = "warp"});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::moduleMissing);
    EXPECT_THAT(error.what(), HasSubstr("libcuttranslate-warp.so"));
  }
}

}  // namespace
}  // namespace cut
