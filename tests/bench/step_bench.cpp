// SPDX-License-Identifier: MIT
// Seconds and peak memory of one optimisation step on random images, with options of `cut-trainer train`:
// step-bench STEPS [OPTION ...]. Without options: CUT, resnet_9blocks with ngf 64, 256x256, batch 1, fp32.
// --winograd=false is the form by LibTorch alone.
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <utility>
#include <variant>
#include <vector>

#include "backends/torch/device/caching_allocator.hpp"
#include "trainer/methods/make_method.hpp"
#include "trainer/options/command_line.hpp"

namespace {

at::Tensor randomImages(const cut::trainer::TrainOptions& options, int channels) {
  return (at::rand({options.batchSize, channels, options.cropSize, options.cropSize}) * 2 - 1)
      .contiguous(at::MemoryFormat::ChannelsLast);
}

}  // namespace

int main(int argc, char** argv) {
  using namespace cut::trainer;
  if (argc < 2) {
    std::fprintf(stderr, "Usage: step-bench STEPS [OPTION OF cut-trainer train ...]\n");
    return 2;
  }
  std::vector<const char*> words{"cut-trainer", "train", "--dataroot", "unused"};
  words.insert(words.end(), argv + 2, argv + argc);
  const CommandLine line =
      parseCommandLine(static_cast<int>(words.size()), words.data(), std::cout, std::cerr);
  if (!std::holds_alternative<TrainOptions>(line.command)) return 2;
  const TrainOptions options = std::get<TrainOptions>(line.command);
  const auto method = makeMethod(options, at::kCPU);
  const at::Tensor a = randomImages(options, options.inputNc);
  const at::Tensor b = randomImages(options, options.outputNc);
  const cut::device::CachingAllocatorScope caching;
  for (int i = 0; i < std::atoi(argv[1]); ++i) {
    at::Generator random = at::make_generator<at::CPUGeneratorImpl>(static_cast<std::uint64_t>(i));
    const auto began = std::chrono::steady_clock::now();
    const StepResult result = method->step({.realA = a, .realB = b, .random = std::move(random)});
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    struct rusage usage {};
    getrusage(RUSAGE_SELF, &usage);
    std::printf(
        "step %d  %.3f s  user %.2f s  peak %.0f MiB  G %.4f\n", i, seconds,
        static_cast<double>(usage.ru_utime.tv_sec) + static_cast<double>(usage.ru_utime.tv_usec) * 1e-6,
        static_cast<double>(usage.ru_maxrss) / 1024, result.losses.at(method->objectiveIndex()));
    std::fflush(stdout);
  }
  return 0;
}
