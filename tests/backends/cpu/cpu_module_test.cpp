// SPDX-License-Identifier: MIT
// The engine module cpu behind the facade: sizes, streams, memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "any_size.hpp"
#include "cost.hpp"
#include "cuttranslate/engine.hpp"
#include "cuttranslate/error.hpp"
#include "eight_streams.hpp"
#include "kernels/base/cpu_features.hpp"
#include "resident_memory.hpp"
#include "tiny_model.hpp"
#include "waves.hpp"

namespace cut {
namespace {

// haveBf16() and the like must be under the same CUT_CPU_ISA cap here as in the module.
[[maybe_unused]] const bool capped = (cpu::applyIsaCap(), true);

using test::waves;
using testing::HasSubstr;

// 5 halvings, ngf 3.
ModelFile smallUnet() {
  return test::randomModel({.architecture = "unet", .blocks = 0, .ngf = 3, .downs = 5});
}

// Channels that are padded, and two halvings.
ModelFile smallStyleGan() {
  GeneratorSpec spec = generatorFromName("stylegan2");
  spec.ngf = 7;
  spec.downs = 2;
  return test::randomModel(spec);
}

class CpuModule : public testing::Test {
 protected:
  std::shared_ptr<SharedModel> open(int threads = 0) const { return open(path_, threads); }
  static std::shared_ptr<SharedModel> open(const std::filesystem::path& path, int threads = 0) {
    return SharedModel::open(path, {.engine = "cpu", .threads = threads});
  }

  std::filesystem::path writeUnet() const {
    std::filesystem::path path = folder_.path() / "unet.pt";
    writeModelFile(path, smallUnet());
    return path;
  }

  // A model of every kind of generator.
  std::vector<std::filesystem::path> writeAll() const {
    const std::filesystem::path styleGan = folder_.path() / "stylegan2.pt";
    writeModelFile(styleGan, smallStyleGan());
    return {path_, writeUnet(), styleGan};
  }

  test::TemporaryFolder folder_;
  std::filesystem::path path_ = test::writeTinyModel(folder_.path());
};

// Without a warm-up the workspace has arbitrary contents.
TEST_F(CpuModule, OutputDoesNotDependOnWarmUp) {
  for (const auto& path : writeAll()) {
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
TEST_F(CpuModule, NanInTheOutputIsReported) {
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

TEST_F(CpuModule, EightStreamsShareWorkspaceMemory) {
  test::expectEightStreamsTakeLittleMoreMemoryThanOne({.engine = "cpu", .threads = 1});
}

TEST_F(CpuModule, ActiveEngineDescribesTheCpuModule) {
  const ActiveEngine active = open(1)->active();
  EXPECT_EQ(active.engine, "cpu");
  EXPECT_EQ(active.device, "cpu");
  EXPECT_EQ(active.precision, "fp32");
  EXPECT_EQ(active.threads, 1);
}

TEST_F(CpuModule, EveryFrameSizeIsTranslated) {
  for (const auto& path : writeAll()) test::expectTranslatesAnySize(*open(path));
}

TEST_F(CpuModule, StreamsOfDifferentSizesDoNotAffectEachOther) {
  const auto model = open();
  const auto small = model->makeStream();
  const auto large = model->makeStream();
  small->configure({24, 20});
  const std::vector<float> smallIn = waves(3 * 24 * 20), largeIn = waves(3 * 72 * 40);
  std::vector<float> alone(smallIn.size()), beside(smallIn.size()), largeOut(largeIn.size());
  small->translate(smallIn, alone);
  large->configure({72, 40});  // the shared workspace grows, and moves
  large->translate(largeIn, largeOut);
  small->translate(smallIn, beside);
  EXPECT_EQ(alone, beside);
}

TEST_F(CpuModule, ModuleOutputDoesNotDependOnThreadCount) {
  const std::vector<float> in = waves(3 * 60 * 44);
  for (const auto& path : writeAll()) {
    const auto translated = [&](int threads) {
      const auto stream = open(path, threads)->makeStream();
      stream->configure({60, 44});
      std::vector<float> out(in.size());
      stream->translate(in, out);
      return out;
    };
    const std::vector<float> one = translated(1);
    for (const int threads : {2, 3, 0}) EXPECT_EQ(one, translated(threads)) << path << ", " << threads;
  }
}

// Sessions share one workspace, in which a U-Net keeps its maps and their zero padding.
TEST_F(CpuModule, UnetOutputDoesNotDependOnOtherStreams) {
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

TEST_F(CpuModule, MemoryDoesNotGrowFromFrameToFrame) {
  const auto stream = open()->makeStream();
  stream->configure({256, 256});
  const std::vector<float> in(3 * 256 * 256, 0.25F);
  std::vector<float> out(in.size());
  for (int i = 0; i < 3; ++i) stream->translate(in, out);
  const long before = test::residentBytes();
  for (int i = 0; i < 20; ++i) stream->translate(in, out);
  EXPECT_LE(test::residentBytes(), before + (4 << 20));
}

// Allocators of sanitizers grant more memory than there is.
TEST_F(CpuModule, OutOfMemoryErrorNamesTheMemoryNeeded) {
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

}  // namespace
}  // namespace cut
