// The engine module cpu behind the facade: sizes, memory, settings that it refuses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "any_size.hpp"
#include "cost.hpp"
#include "cpu/kernels/bf16.hpp"
#include "cpu/kernels/int8.hpp"
#include "cpu/kernels/isa.hpp"
#include "cut/engine.hpp"
#include "cut/error.hpp"
#include "eight_streams.hpp"
#include "resident_memory.hpp"
#include "tiny_model.hpp"

namespace cut {
namespace {

// What these tests ask of the kernels beside the module is under the same cap as the module's own.
[[maybe_unused]] const bool capped = (cpu::applyIsaCap(), true);

using testing::HasSubstr;

// 5 halvings, ngf 3.
ModelFile smallUnet() {
  return test::randomModel({.architecture = "unet", .blocks = 0, .ngf = 3, .downs = 5});
}

class CpuModule : public testing::Test {
 protected:
  std::shared_ptr<SharedModel> open(int threads = 0) const { return open(path_, threads); }
  static std::shared_ptr<SharedModel> open(const std::filesystem::path& path, int threads = 0) {
    return SharedModel::open(path, {.engine = "cpu", .threads = threads});
  }

  std::string messageOf(const EngineOptions& options, ErrorKind kind) const {
    try {
      SharedModel::open(path_, options);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), kind) << error.what();
      return error.what();
    }
    ADD_FAILURE() << "nothing was thrown";
    return {};
  }

  std::filesystem::path writeUnet() const {
    std::filesystem::path path = folder_.path() / "unet.pt";
    writeModelFile(path, smallUnet());
    return path;
  }

  test::TemporaryFolder folder_;
  std::filesystem::path path_ = test::writeTinyModel(folder_.path());
};

std::vector<float> waves(std::size_t count) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = std::sin(static_cast<float>(i));
  return values;
}

// The memory that a warm-up would have written holds anything.
TEST_F(CpuModule, GivesTheSameWithoutAWarmUp) {
  for (const auto& path : {path_, writeUnet()}) {
    const auto model = open(path);
    const auto translated = [&](WarmUp warmUp) {
      const auto stream = model->makeStream();
      stream->configure({33, 17}, warmUp);
      const std::vector<float> in = waves(3 * 33 * 17);
      std::vector<float> out(in.size());
      stream->translate(in, out);
      return out;
    };
    EXPECT_EQ(translated(WarmUp::none), translated(WarmUp::frame));
  }
}

// Sums of the first convolution are infinite, so that its norm gives NaN, which every ReLU must pass on.
TEST_F(CpuModule, ReportsNanInsteadOfShowingAPictureWithoutIt) {
  ModelFile file = test::tinyModel();
  Tensor& first = file.weights.front().second;
  first = fromFloats(first.shape, std::vector<float>(static_cast<std::size_t>(first.elements()), 3e38F));
  writeModelFile(path_, file);
  const auto stream = open()->makeStream();
  stream->configure({8, 8});
  std::vector<std::uint8_t> pixels(192);
  try {
    stream->translate(ImageView{pixels.data(), 24, 8, 8, {}}, MutableImageView{pixels.data(), 24, 8, 8, {}});
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("NaN"));
  }
}

TEST_F(CpuModule, TakesLittleMoreMemoryForEightStreamsThanForOne) {
  test::expectEightStreamsTakeLittleMoreMemoryThanOne({.engine = "cpu", .threads = 1});
}

TEST_F(CpuModule, SaysWhatItIs) {
  const ActiveEngine active = open(1)->active();
  EXPECT_EQ(active.engine, "cpu");
  EXPECT_EQ(active.device, "cpu");
  EXPECT_EQ(active.precision, "fp32");
  EXPECT_EQ(active.threads, 1);
}

TEST_F(CpuModule, TranslatesAnySize) {
  for (const auto& path : {path_, writeUnet()}) test::expectTranslatesAnySize(*open(path));
}

TEST_F(CpuModule, ServesStreamsOfDifferentSizesInTurns) {
  const auto model = open();
  const auto small = model->makeStream();
  const auto large = model->makeStream();
  small->configure({24, 20});
  const std::vector<float> smallIn = waves(3 * 24 * 20), largeIn = waves(3 * 72 * 40);
  std::vector<float> alone(smallIn.size()), beside(smallIn.size()), largeOut(largeIn.size());
  small->translate(smallIn, alone);
  large->configure({72, 40});  // the shared memory grows, and moves
  large->translate(largeIn, largeOut);
  small->translate(smallIn, beside);
  EXPECT_EQ(alone, beside);
}

TEST_F(CpuModule, GivesTheSameForAnyNumberOfThreads) {
  const std::vector<float> in = waves(3 * 60 * 44);
  for (const auto& path : {path_, writeUnet()}) {
    std::vector<float> one(in.size()), all(in.size());
    for (auto& [threads, out] : {std::pair{1, &one}, std::pair{0, &all}}) {
      const auto stream = open(path, threads)->makeStream();
      stream->configure({60, 44});
      stream->translate(in, *out);
    }
    EXPECT_EQ(one, all);
  }
}

// Sessions share the memory that a U-Net's maps and the zeros around them lie in.
TEST_F(CpuModule, GivesAUnetsPictureWhateverAnotherStreamLeft) {
  const auto model = open(writeUnet());
  const auto first = model->makeStream(), second = model->makeStream();
  first->configure({64, 32});
  second->configure({96, 64});
  const std::vector<float> in = waves(3 * 64 * 32), other(3 * 96 * 64, 9.0F);
  std::vector<float> alone(in.size()), beside(in.size()), otherOut(other.size());
  first->translate(in, alone);
  second->translate(other, otherOut);
  first->translate(in, beside);
  EXPECT_EQ(alone, beside);
}

TEST_F(CpuModule, KeepsItsMemorySteady) {
  const auto stream = open()->makeStream();
  stream->configure({256, 256});
  const std::vector<float> in(3 * 256 * 256, 0.25F);
  std::vector<float> out(in.size());
  for (int i = 0; i < 3; ++i) stream->translate(in, out);
  const long before = test::residentBytes();
  for (int i = 0; i < 20; ++i) stream->translate(in, out);
  EXPECT_LE(test::residentBytes(), before + (4 << 20));
}

TEST_F(CpuModule, RunsInThePrecisionThatIsAskedFor) {
  const auto precisionOf = [&](Precision wanted) {
    return SharedModel::open(path_, {.engine = "cpu", .precision = wanted})->active().precision;
  };
  EXPECT_EQ(precisionOf(Precision::fp32), "fp32");
  if (cpu::haveBf16())
    EXPECT_EQ(precisionOf(Precision::bf16), "bf16");
  else
    EXPECT_THAT(messageOf({.engine = "cpu", .precision = Precision::bf16}, ErrorKind::unsupported),
                HasSubstr("AVX512-BF16"));
}

// Intel's dot products of bf16 are no gain over its multiply-adds.
TEST_F(CpuModule, TakesBf16ByItselfOnlyWhereThatIsFaster) {
  if (!cpu::haveBf16()) GTEST_SKIP() << "no bf16 products on this machine";
  ModelFile model = test::tinyModel();
  for (auto& [name, tensor] : model.weights)  // what is left are biases, which every precision keeps
    if (name.ends_with(".weight"))
      tensor = fromFloats(tensor.shape, std::vector<float>(toFloats(tensor).size(), 0.0F));
  writeModelFile(path_, model);
  const std::vector<float> in = waves(3 * 16 * 16);
  std::vector<float> out(in.size());
  const auto stream = open()->makeStream();
  stream->configure({16, 16});
  stream->translate(in, out);
  model.sample = Sample{fromFloats({1, 3, 16, 16}, in), fromFloats({1, 3, 16, 16}, out)};
  writeModelFile(path_, model);
  const bool fast = cpu::haveFastBf16();
  EXPECT_EQ(SharedModel::open(path_, {.engine = "cpu"})->active().precision, fast ? "bf16" : "fp32");
  const auto insisted = SharedModel::open(path_, {.engine = "cpu", .precision = Precision::bf16});
  EXPECT_EQ(insisted->active().notice.find("no faster than fp32") != std::string::npos, !fast);
}

// Sanitizers promise memory that there is not.
TEST_F(CpuModule, SaysHowMuchMemoryAFrameThatDoesNotFitWouldNeed) {
  if (!test::costCounts) GTEST_SKIP();
  const auto model = open();
  const auto other = model->makeStream();
  other->configure({16, 16});
  const auto stream = model->makeStream();
  try {
    stream->configure({32768, 32768});
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::outOfMemory) << error.what();
    EXPECT_THAT(error.what(), testing::ContainsRegex("need [0-9]{5,} MiB .* scale them down"));
  }
  std::vector<float> out(3 * 16 * 16);
  other->translate(waves(out.size()), out);
  EXPECT_LE(std::abs(out.front()), 1) << "the other stream goes on";
}

// A sample whose output is another network's stands for one that bf16 does not keep.
TEST_F(CpuModule, ChoosesFp32WhereBf16IsTooFarFromTheSample) {
  ModelFile model = test::tinyModel();
  const std::vector<float> zeros(3 * 16 * 16);
  model.sample = Sample{fromFloats({1, 3, 16, 16}, zeros), fromFloats({1, 3, 16, 16}, zeros)};
  const auto path = folder_.path() / "sample.pt";
  writeModelFile(path, model);
  const auto automatic = SharedModel::open(path, {.engine = "cpu"});
  EXPECT_EQ(automatic->active().precision, "fp32");
  EXPECT_EQ(automatic->active().notice, "");
  if (!cpu::haveBf16()) return;
  const auto insisted = SharedModel::open(path, {.engine = "cpu", .precision = Precision::bf16});
  EXPECT_EQ(insisted->active().precision, "bf16");
  EXPECT_THAT(insisted->active().notice, HasSubstr("less than the 60 dB"));
}

TEST_F(CpuModule, RunsUnetsInFp32Only) {
  const auto path = folder_.path() / "unet.pt";
  ModelFile model = smallUnet();
  const auto stream = open(writeUnet())->makeStream();
  stream->configure({32, 32});
  const std::vector<float> in = waves(3 * 32 * 32);
  std::vector<float> out(in.size());
  stream->translate(in, out);
  model.sample = Sample{fromFloats({1, 3, 32, 32}, in), fromFloats({1, 3, 32, 32}, out)};
  writeModelFile(path, model);
  const auto opened = open(path);
  EXPECT_EQ(opened->active().precision, "fp32");
  EXPECT_EQ(opened->verify().largestDifference, 0);
  for (const Precision precision : {Precision::bf16, Precision::int8}) {
    try {
      SharedModel::open(path, {.engine = "cpu", .precision = precision});
      ADD_FAILURE() << "nothing was thrown";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::unsupported);
      EXPECT_THAT(error.what(), HasSubstr(std::string(nameOf(precision)) + " is not built for unet_32"));
    }
  }
}

TEST_F(CpuModule, RefusesOtherDevicesAndPrecisions) {
  EXPECT_THAT(messageOf({.engine = "cpu", .device = "cuda:0"}, ErrorKind::noDevice), HasSubstr("cuda:0"));
  for (const Precision precision : {Precision::tf32, Precision::fp16})
    EXPECT_THAT(messageOf({.engine = "cpu", .precision = precision}, ErrorKind::unsupported),
                HasSubstr(std::string(nameOf(precision))));
}

// The tiny model with ranges from a frame, for int8.
ModelFile calibratedModel() {
  ModelFile model = test::tinyModel();
  std::vector<std::uint8_t> pixels(3 * 40 * 30);
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<std::uint8_t>(i * 7 % 251);
  const ImageView frame{pixels.data(), 3 * 40, 40, 30, {}};
  model.int8Ranges = calibrateInt8(model, 1, {&frame, 1}, /*least=*/0).ranges;
  return model;
}

TEST_F(CpuModule, RunsInInt8WhereTheModelHasRanges) {
  writeModelFile(path_, calibratedModel());
  const EngineOptions options{.engine = "cpu", .precision = Precision::int8};
  if (!cpu::haveInt8()) {
    EXPECT_THAT(messageOf(options, ErrorKind::unsupported), HasSubstr("AVX512-VNNI"));
    return;
  }
  const auto model = SharedModel::open(path_, options);
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

TEST_F(CpuModule, NamesTheCommandThatMakesAModelFitForInt8) {
  if (!cpu::haveInt8()) GTEST_SKIP() << "no int8 products on this machine";
  EXPECT_THAT(messageOf({.engine = "cpu", .precision = Precision::int8}, ErrorKind::invalidArgument),
              HasSubstr("cut-model quantize"));
}

TEST_F(CpuModule, CalibratesEveryLayerWithPositiveRanges) {
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

// Of random weights no choice of layers keeps 45 dB.
TEST_F(CpuModule, LeavesAtMostHalfOfTheLayersOutOfInt8) {
  if (!cpu::haveInt8()) GTEST_SKIP() << "no int8 products on this machine";
  ModelFile model = test::tinyModel();
  std::vector<std::uint8_t> pixels(3 * 40 * 30);
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<std::uint8_t>(i * 7 % 251);
  const ImageView frame{pixels.data(), 3 * 40, 40, 30, {}};
  const auto layers = [&](double least) {
    return calibrateInt8(model, 1, {&frame, 1}, least).ranges.size() / rangesOfLayer;
  };
  EXPECT_EQ(layers(0), 6U);
  EXPECT_EQ(layers(1), 6U);
  EXPECT_EQ(layers(500), 3U);

  std::vector<float> planes(pixels.size());
  for (std::size_t i = 0; i < planes.size(); ++i)
    planes[i] = static_cast<float>(pixels[i % 1200 * 3 + i / 1200]) / 127.5F - 1;
  const auto translated = [&](Precision precision) {
    const auto stream = SharedModel::open(path_, {.engine = "cpu", .precision = precision})->makeStream();
    stream->configure({40, 30});
    std::vector<float> out(planes.size());
    stream->translate(planes, out);
    return out;
  };
  const auto kept = [&](double least) {
    model.int8Ranges = calibrateInt8(model, 1, {&frame, 1}, least).ranges;
    writeModelFile(path_, model);
    return psnr(translated(Precision::int8), translated(Precision::fp32));
  };
  EXPECT_GT(kept(500), kept(0) + 1);
}

TEST_F(CpuModule, RefusesFramesThatCannotCalibrate) {
  const ModelFile model = test::tinyModel();
  EXPECT_THROW(calibrateInt8(model, 1, {}), Error);
  const std::vector<std::uint8_t> grey(64);
  const ImageView frame{grey.data(), 8, 8, 8, {.channels = 1, .pixelStride = 1}};
  EXPECT_THROW(calibrateInt8(model, 1, {&frame, 1}), Error);
}

}  // namespace
}  // namespace cut
