// SPDX-License-Identifier: MIT
// TorchScript programs in the engine module torch: run only where that is allowed, and held to what they
// promise.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "cuttranslate/engine.hpp"
#include "cuttranslate/error.hpp"
#include "opening_refusal.hpp"

namespace cut {
namespace {

using testing::Each;
using testing::FloatEq;
using testing::HasSubstr;

std::filesystem::path program(const char* name) {
  return std::filesystem::path(CUT_SCRIPTS) / name;
}

const EngineOptions allowed{.device = "cpu", .allowCode = true};

std::string messageOf(const char* name, const EngineOptions& options, ErrorKind kind) {
  return test::openingRefusal(program(name), options, kind);
}

TEST(Script, TorchScriptRunsOnAnyFrameSize) {
  const auto model = SharedModel::open(program("negate.pt"), allowed);
  EXPECT_EQ(model->active().engine, "torch");
  EXPECT_EQ(model->info().spec.inputChannels, 3);
  EXPECT_EQ(model->info().spec.outputChannels, 3);
  const auto stream = model->makeStream();
  stream->configure({37, 29});
  const std::vector<float> in(3 * 37 * 29, 0.25F);
  std::vector<float> out(in.size());
  stream->translate(in, out);
  EXPECT_THAT(out, Each(FloatEq(-0.25F)));
}

TEST(Script, TorchScriptChannelsAreProbed) {
  const auto model = SharedModel::open(program("grey.pt"), allowed);
  EXPECT_EQ(model->info().spec.inputChannels, 1);
  EXPECT_EQ(model->info().spec.outputChannels, 2);
  const auto stream = model->makeStream();
  stream->configure({8, 8});
  const std::vector<float> in(64, 0.5F);
  std::vector<float> out(128);
  stream->translate(in, out);
  EXPECT_THAT(out, Each(FloatEq(0.25F)));
}

TEST(Script, TorchScriptNeedsAllowCode) {
  EXPECT_THAT(messageOf("negate.pt", {.device = "cpu"}, ErrorKind::wrongFile),
              AllOf(HasSubstr("holds code"), HasSubstr("allow-code=true"), HasSubstr("--allow-code")));
}

TEST(Script, TorchScriptWithoutImageOutputIsRefused) {
  EXPECT_THAT(messageOf("mean.pt", allowed, ErrorKind::wrongFile),
              AllOf(HasSubstr("a tensor of shape []"), HasSubstr("(1, channels, 256, 256)")));
}

TEST(Script, TorchScriptWithOtherOutputSizeFails) {
  const auto stream = SharedModel::open(program("halve.pt"), allowed)->makeStream();
  EXPECT_GE(stream->configure({64, 64}), 0);
  try {
    stream->configure({16, 16});
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::wrongFile);
    EXPECT_THAT(error.what(), HasSubstr("[1, 3, 8, 8]"));
  }
}

TEST(Script, TorchScriptHasNoSampleToVerify) {
  EXPECT_THROW(SharedModel::open(program("negate.pt"), allowed)->verify(), Error);
}

}  // namespace
}  // namespace cut
