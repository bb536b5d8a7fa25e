// SPDX-License-Identifier: MIT
// Which precision the engine module cpu runs a model in: what is asked for, what `auto` takes, what is
// refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "any_size.hpp"
#include "cuttranslate/engine.hpp"
#include "cuttranslate/error.hpp"
#include "kernels/base/cpu_features.hpp"
#include "opening_refusal.hpp"
#include "tiny_model.hpp"
#include "waves.hpp"

namespace cut {
namespace {

// haveBf16() and the like must be under the same CUT_CPU_ISA cap here as in the module.
[[maybe_unused]] const bool capped = (cpu::applyIsaCap(), true);

using test::waves;
using testing::HasSubstr;

class CpuPrecision : public testing::Test {
 protected:
  std::shared_ptr<SharedModel> open(Precision precision = Precision::automatic) const {
    return SharedModel::open(path_, {.engine = "cpu", .precision = precision});
  }

  std::string messageOf(Precision precision, ErrorKind kind) const {
    return messageOf({.engine = "cpu", .precision = precision}, kind);
  }
  std::string messageOf(const EngineOptions& options, ErrorKind kind) const {
    return test::openingRefusal(path_, options, kind);
  }

  test::TemporaryFolder folder_;
  std::filesystem::path path_ = test::writeTinyModel(folder_.path());
};

// A sample of a model with 3 channels: a small picture and its fp32 output.
Sample sampleOf(const ModelFile& model, int side = 16) {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "model.pt";
  writeModelFile(path, model);
  const auto stream = SharedModel::open(path, {.engine = "cpu", .precision = Precision::fp32})->makeStream();
  stream->configure({side, side});
  const std::vector<float> in = waves(3 * static_cast<std::size_t>(side * side));
  std::vector<float> out(in.size());
  stream->translate(in, out);
  return {fromFloats({1, 3, side, side}, in), fromFloats({1, 3, side, side}, out)};
}

TEST_F(CpuPrecision, RequestedPrecisionIsUsed) {
  const auto precisionOf = [&](Precision wanted) { return open(wanted)->active().precision; };
  EXPECT_EQ(precisionOf(Precision::fp32), "fp32");
  if (cpu::haveBf16())
    EXPECT_EQ(precisionOf(Precision::bf16), "bf16");
  else
    EXPECT_THAT(messageOf(Precision::bf16, ErrorKind::unsupported), HasSubstr("AVX512-BF16"));
  if (cpu::haveAmx())
    EXPECT_EQ(precisionOf(Precision::tf32), "tf32");
  else
    EXPECT_THAT(messageOf(Precision::tf32, ErrorKind::unsupported), HasSubstr("AMX"));
}

TEST_F(CpuPrecision, EveryFrameSizeIsTranslatedInTf32) {
  if (!cpu::haveAmx()) GTEST_SKIP() << "no AMX on this machine";
  test::expectTranslatesAnySize(*open(Precision::tf32));
}

// On Intel's processors without AMX, bf16 dot products are no faster than fp32 multiply-adds.
TEST_F(CpuPrecision, AutoChoosesBf16OnlyWhereItIsFaster) {
  if (!cpu::haveBf16()) GTEST_SKIP() << "no AVX512-BF16 on this machine";
  ModelFile model = test::tinyModel();
  for (auto& [name, tensor] : model.weights)  // only biases remain, which every precision keeps
    if (name.ends_with(".weight"))
      tensor = fromFloats(tensor.shape, std::vector<float>(toFloats(tensor).size(), 0.0F));
  model.sample = sampleOf(model);
  writeModelFile(path_, model);
  const bool fast = cpu::haveFastBf16();
  EXPECT_EQ(open()->active().precision, fast ? "bf16" : "fp32");
  const auto insisted = open(Precision::bf16);
  EXPECT_EQ(insisted->active().notice.find("no faster than fp32") != std::string::npos, !fast);
}

// With random weights bf16 has a PSNR of about 40 dB.
TEST_F(CpuPrecision, AutoChoosesTf32WhereBf16FailsTheSample) {
  if (!cpu::haveAmx()) GTEST_SKIP() << "no AMX on this machine";
  ModelFile model = test::randomModel({.blocks = 2, .ngf = 8});
  model.sample = sampleOf(model);
  writeModelFile(path_, model);
  const auto automatic = open();
  EXPECT_EQ(automatic->active().precision, "tf32");
  EXPECT_EQ(automatic->active().notice, "");
  EXPECT_GE(automatic->verify().psnr, promisedPsnr(Precision::tf32));
  const auto insisted = open(Precision::bf16);
  EXPECT_THAT(insisted->active().notice, HasSubstr("bf16 keeps"));
}

// auto takes a lower precision only where a sample shows that it is good enough.
TEST_F(CpuPrecision, AutoChoosesFp32WithoutASample) {
  EXPECT_EQ(open()->active().precision, "fp32");
}

// The output of another network is a sample that no precision reproduces.
TEST_F(CpuPrecision, AutoChoosesFp32WhereOthersFailTheSample) {
  ModelFile model = test::tinyModel();
  const std::vector<float> zeros(3 * 16 * 16);
  model.sample = Sample{fromFloats({1, 3, 16, 16}, zeros), fromFloats({1, 3, 16, 16}, zeros)};
  writeModelFile(path_, model);
  const auto automatic = open();
  EXPECT_EQ(automatic->active().precision, "fp32");
  EXPECT_EQ(automatic->active().notice, "");
  const auto noticeOf = [&](Precision precision) {
    const auto insisted = open(precision);
    EXPECT_EQ(insisted->active().precision, nameOf(precision));
    EXPECT_THROW(insisted->verify(), Error);
    return insisted->active().notice;
  };
  if (!cpu::haveBf16()) return;
  EXPECT_THAT(noticeOf(Precision::bf16), HasSubstr("less than the 60 dB"));
  if (!cpu::haveAmx()) return;
  EXPECT_THAT(noticeOf(Precision::tf32), HasSubstr("less than the 80 dB"));
}

TEST_F(CpuPrecision, UnetsRunInFp32Only) {
  ModelFile model =
      test::randomModel({.architecture = "unet", .blocks = 0, .ngf = 3, .downs = 5});  // sides of 32
  model.sample = sampleOf(model, 32);
  writeModelFile(path_, model);
  const auto opened = open();
  EXPECT_EQ(opened->active().precision, "fp32");
  EXPECT_EQ(opened->verify().largestDifference, 0);
  for (const Precision precision : {Precision::tf32, Precision::bf16, Precision::int8})
    EXPECT_THAT(messageOf(precision, ErrorKind::unsupported),
                HasSubstr(std::string(nameOf(precision)) + " is not built for unet_32"));
}

TEST_F(CpuPrecision, UnsupportedDevicesAndPrecisionsAreRefused) {
  EXPECT_THAT(messageOf({.engine = "cpu", .device = "cuda:0"}, ErrorKind::noDevice), HasSubstr("cuda:0"));
  EXPECT_THAT(messageOf(Precision::fp16, ErrorKind::unsupported), HasSubstr("fp16"));
}

// The tiny model with ranges from a frame, for int8.
ModelFile calibratedModel() {
  ModelFile model = test::tinyModel();
  std::vector<std::uint8_t> pixels(3 * 40 * 30);
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<std::uint8_t>(i * 7 % 251);
  const ImageView frame{pixels.data(), 3 * 40, 40, 30, {}};
  model.int8Ranges = calibrateInt8(model, 1, {&frame, 1}, /*minPsnr=*/0).ranges;
  return model;
}

TEST_F(CpuPrecision, Int8RunsWhereTheModelHasRanges) {
  writeModelFile(path_, calibratedModel());
  if (!cpu::haveInt8()) {
    EXPECT_THAT(messageOf(Precision::int8, ErrorKind::unsupported), HasSubstr("AVX512-VNNI"));
    return;
  }
  const auto model = open(Precision::int8);
  EXPECT_EQ(model->active().precision, "int8");
  const auto stream = model->makeStream();
  for (const Size size : {Size{1, 1}, Size{40, 30}, Size{33, 17}}) {
    stream->configure(size);
    const std::vector<float> in =
        waves(std::size_t{3} * static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height));
    std::vector<float> out(in.size());
    stream->translate(in, out);
    for (const float value : out) EXPECT_LE(std::abs(value), 1);
  }
}

TEST_F(CpuPrecision, Int8ErrorNamesCutModelQuantize) {
  if (!cpu::haveInt8()) GTEST_SKIP() << "no AVX512-VNNI on this machine";
  EXPECT_THAT(messageOf(Precision::int8, ErrorKind::invalidArgument), HasSubstr("cut-model quantize"));
}

TEST_F(CpuPrecision, Int8CalibrationGivesEveryLayerPositiveRanges) {
  const ModelFile model = calibratedModel();
  const std::vector<TensorInfo> expected = expectedRanges(model.spec);
  ASSERT_EQ(model.int8Ranges.size(), expected.size());
  ASSERT_EQ(expected.size(), rangesOfLayer * 6) << "two down, two in a block, two up";
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(model.int8Ranges[i].first, expected[i].name);
    EXPECT_EQ(model.int8Ranges[i].second.shape, expected[i].shape);
    for (const float range : toFloats(model.int8Ranges[i].second)) EXPECT_GT(range, 0);
  }
}

// With random weights no choice of layers has a PSNR of 45 dB.
TEST_F(CpuPrecision, Int8LayerSelectionKeepsAtLeastHalfOfTheLayers) {
  if (!cpu::haveInt8()) GTEST_SKIP() << "no AVX512-VNNI on this machine";
  ModelFile model = test::tinyModel();
  std::vector<std::uint8_t> pixels(3 * 40 * 30);
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<std::uint8_t>(i * 7 % 251);
  const ImageView frame{pixels.data(), 3 * 40, 40, 30, {}};
  const auto layers = [&](double minPsnr) {
    return calibrateInt8(model, 1, {&frame, 1}, minPsnr).ranges.size() / rangesOfLayer;
  };
  EXPECT_EQ(layers(0), 6U);
  EXPECT_EQ(layers(1), 6U);
  EXPECT_EQ(layers(500), 3U);

  std::vector<float> planes(pixels.size());
  for (std::size_t i = 0; i < planes.size(); ++i)
    planes[i] = static_cast<float>(pixels[i % 1200 * 3 + i / 1200]) / 127.5F - 1;
  const auto translated = [&](Precision precision) {
    const auto stream = open(precision)->makeStream();
    stream->configure({40, 30});
    std::vector<float> out(planes.size());
    stream->translate(planes, out);
    return out;
  };
  const auto kept = [&](double minPsnr) {
    model.int8Ranges = calibrateInt8(model, 1, {&frame, 1}, minPsnr).ranges;
    writeModelFile(path_, model);
    return psnr(translated(Precision::int8), translated(Precision::fp32));
  };
  const double allLayers = kept(0);
  const double halfOfTheLayers = kept(500);
  // Layers left out run in bf16 where that is fast. On AMD's processors its Winograd transform costs this
  // random network as much PSNR as int8, so that leaving layers out can gain nothing there.
  const double bf16 =
      cpu::haveFastBf16() ? psnr(translated(Precision::bf16), translated(Precision::fp32)) : 1000;
  EXPECT_GT(halfOfTheLayers, std::min(allLayers + 1, bf16 - 3))
      << "all: " << allLayers << " dB, bf16: " << bf16;
}

TEST_F(CpuPrecision, Int8CalibrationRefusesUnusableFrames) {
  const ModelFile model = test::tinyModel();
  EXPECT_THROW(calibrateInt8(model, 1, {}), Error);
  const std::vector<std::uint8_t> grey(64);
  const ImageView frame{grey.data(), 8, 8, 8, {.channels = 1, .pixelStride = 1}};
  EXPECT_THROW(calibrateInt8(model, 1, {&frame, 1}), Error);
}

}  // namespace
}  // namespace cut
