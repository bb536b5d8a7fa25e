// SPDX-License-Identifier: MIT
// Seconds and peak memory of one optimisation step of a preset's networks, crop and batch, on random images:
// CUT's and FastCUT's are resnet_9blocks with ngf 64, 256x256, batch 1.
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "backends/torch/device/caching_allocator.hpp"
#include "trainer/methods/make_method.hpp"
#include "trainer/options/tables.hpp"

namespace {

cut::trainer::TrainOptions optionsOf(std::string_view mode, std::string_view precision) {
  using namespace cut::trainer;
  TrainOptions options = trainPreset(mode == "SinCUT" ? MethodName::sinCut : MethodName::cut,
                                     mode == "FastCUT" ? CutMode::fastCut : CutMode::cut);
  options.precision = cut::precisionFromName(precision);
  return options;
}

at::Tensor randomImages(const cut::trainer::TrainOptions& options) {
  return (at::rand({options.batchSize, 3, options.cropSize, options.cropSize}) * 2 - 1)
      .contiguous(at::MemoryFormat::ChannelsLast);
}

}  // namespace

int main(int argc, char** argv) {
  using namespace cut::trainer;
  if (argc != 4 && argc != 5) {
    std::fprintf(stderr, "Usage: step-bench CUT|FastCUT|SinCUT fp32|bf16 STEPS [torch]\n");
    return 2;
  }
  TrainOptions options = optionsOf(argv[1], argv[2]);
  options.winograd = argc == 4;  // "torch": all convolutions by LibTorch
  const auto method = makeMethod(options, at::kCPU);
  const at::Tensor a = randomImages(options);
  const at::Tensor b = randomImages(options);
  const cut::device::CachingAllocatorScope caching;
  for (int i = 0; i < std::atoi(argv[3]); ++i) {
    at::Generator random = at::make_generator<at::CPUGeneratorImpl>(static_cast<std::uint64_t>(i));
    const auto began = std::chrono::steady_clock::now();
    const StepResult result = method->step({a, b, std::move(random)});
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
