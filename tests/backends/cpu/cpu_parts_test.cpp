// SPDX-License-Identifier: MIT
// Parts of the engine module cpu: workspace sizes, bf16 layers, threads.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "backends/cpu/cpu_network.hpp"
#include "backends/cpu/cpu_session.hpp"
#include "backends/cpu/thread_pool.hpp"
#include "kernels/base/aligned_floats.hpp"
#include "kernels/base/cpu_features.hpp"
#include "kernels/image/pixels.hpp"
#include "tiny_model.hpp"
#include "waves.hpp"

namespace cut {
namespace {

// Checks the planned size, so that it does not grow unnoticed; tests/bench/memory.sh measures the real one.
TEST(CpuMemory, WorkspaceOfTheReferenceNetworkFitsAtFullHdAnd4k) {
  const ModelFile model = test::randomModel({.blocks = 9, .ngf = 64});
  constexpr double gibibyte = 1 << 30;
  constexpr double others = 0.5;  // the weights, packed, and two frames
  for (const Precision precision : {Precision::fp32, Precision::tf32, Precision::bf16}) {
    if (precision == Precision::bf16 && !cpu::haveBf16()) continue;
    if (precision == Precision::tf32 && !cpu::haveAmx()) continue;
    cpu::CpuNetwork network(model, {.precision = precision, .threads = 2});
    const auto gibibytes = [&](Size size) {
      return static_cast<double>(network.makePlan(size)->workspace() * 4) / gibibyte + others;
    };
    EXPECT_LE(gibibytes({1920, 1080}), 3) << nameOf(precision);
    EXPECT_LE(gibibytes({3840, 2160}), 9) << nameOf(precision);
  }
}

// The widest maps of a SinCUT generator, of ngf 10 trained on crops of 64 pixels, are never whole in memory:
// those of half the sides, of which there are two, take most.
TEST(CpuMemory, StyleGanWorkspaceHoldsTwoHalvedMapsAndBands) {
  GeneratorSpec spec = generatorFromName("stylegan2");
  spec.ngf = 10;
  spec.resolution = 64;
  cpu::CpuNetwork network(test::randomModel(spec), {.precision = Precision::fp32, .threads = 2});
  constexpr double mebibyte = 1 << 20;
  for (const Size size : {Size{1920, 1080}, Size{3840, 2160}}) {
    const double halved = size.width / 2.0 * (size.height / 2.0) * 160 * 4 / mebibyte,
                 image = size.width * 1.0 * size.height * 3 * 4 / mebibyte;
    const double all = static_cast<double>(network.makePlan(size)->workspace() * 4) / mebibyte;
    EXPECT_LE(all, 2 * halved + 2 * image + 100) << size.width;
  }
}

// One pass through a workspace that is filled with `before`, except for the input.
std::vector<float> passed(const ModelFile& model, Precision precision, Size size, float before) {
  cpu::CpuNetwork network(model, {.precision = precision, .threads = 2});
  const auto plan = network.makePlan(size);
  const cpu::AlignedFloats memory = cpu::makeAlignedFloats(plan->workspace());
  std::fill_n(memory.get(), plan->workspace(), before);
  const auto channels = static_cast<std::size_t>(model.spec.inputChannels);
  const std::size_t pixels = static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height);
  cpu::padPlanes(test::waves(channels * pixels), model.spec.inputChannels, size, plan->input(memory.get()),
                 size);
  plan->run(memory.get());
  std::vector<float> out(static_cast<std::size_t>(model.spec.outputChannels) * pixels);
  cpu::cropPlanes(plan->output(memory.get()), model.spec.outputChannels, size, out);
  return out;
}

// Channel padding and padding rows are read by the next kernel, so each kernel must write them.
TEST(CpuMemory, PlansWriteTheWorkspaceBeforeTheyReadIt) {
  GeneratorSpec unet = generatorFromName("unet_128"), styleGan = generatorFromName("stylegan2");
  unet.ngf = 3;
  styleGan.ngf = 7;
  GeneratorSpec deepStyleGan = styleGan;
  deepStyleGan.downs = 3;
  const std::vector<std::pair<GeneratorSpec, Size>> networks{
      {{.blocks = 1, .ngf = 2}, {40, 28}},
      {{.blocks = 1, .inputChannels = 1, .outputChannels = 4, .ngf = 13}, {104, 12}},
      {{.blocks = 1, .ngf = 5, .noAntialias = true, .noAntialiasUp = true}, {16, 52}},
      {unet, {128, 128}},
      {styleGan, {22, 150}},
      {deepStyleGan, {40, 104}},
  };
  for (const auto& [spec, size] : networks)
    for (const Precision precision : {Precision::fp32, Precision::tf32, Precision::bf16}) {
      const bool there =
          precision == Precision::fp32 || cpu::haveAmx() || (precision == Precision::bf16 && cpu::haveBf16());
      if (!there || (precision != Precision::fp32 && spec.architecture != "resnet")) continue;
      SCOPED_TRACE(std::string(nameOf(precision)) + ", " + spec.text());
      const ModelFile model = test::randomModel(spec);
      EXPECT_EQ(passed(model, precision, size, 0),
                passed(model, precision, size, std::numeric_limits<float>::quiet_NaN()));
    }
}

std::vector<float> translated(const ModelFile& model, Precision precision, cpu::Bf16 where) {
  cpu::CpuNetwork network(model, {.precision = precision, .threads = 1}, {.bf16 = where});
  cpu::CpuSession session(network, {32, 32});
  const std::vector<float> in = test::waves(3 * 32 * 32);
  std::vector<float> out(in.size());
  session.translate(in, out).take();
  return out;
}

// The layers outside of the blocks are fp32 or bf16x3 then.
TEST(Bf16InBlocks, Bf16InBlocksHasHigherPsnrThanEverywhere) {
  if (!cpu::haveBf16()) GTEST_SKIP() << "no AVX512-BF16 on this machine";
  const ModelFile model = test::randomModel({.blocks = 1, .ngf = 8});
  const std::vector<float> exact = translated(model, Precision::fp32, cpu::Bf16::everywhere);
  const double everywhere = psnr(translated(model, Precision::bf16, cpu::Bf16::everywhere), exact),
               inBlocks = psnr(translated(model, Precision::bf16, cpu::Bf16::inBlocks), exact);
  EXPECT_GT(inBlocks, everywhere + 1);
}

TEST(ThreadPool, ThreadPoolRunsEveryItemOnce) {
  for (const int threads : {1, 2, 5}) {
    cpu::ThreadPool pool(threads);
    for (std::int64_t count = 0; count < 200; ++count) {
      std::vector<std::atomic<int>> seen(static_cast<std::size_t>(count));
      pool(count, [&](std::int64_t begin, std::int64_t end) {
        for (; begin < end; ++begin) ++seen[static_cast<std::size_t>(begin)];
      });
      for (const auto& times : seen) EXPECT_EQ(times, 1);
    }
  }
}

}  // namespace
}  // namespace cut
