// SPDX-License-Identifier: MIT
// --dry_run: configuration, networks, time and memory of a run, without its files.
#include <ATen/Parallel.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <sys/resource.h>

#include <algorithm>
#include <iomanip>
#include <ostream>

#include "backends/torch/device/caching_allocator.hpp"
#include "cuttranslate/error.hpp"
#include "trainer/loop/training.hpp"
#include "trainer/options/configuration.hpp"

namespace cut::trainer {
namespace {

constexpr double mib = 1024.0 * 1024.0;

// The peak in bytes: the process's resident set for the CPU, LibTorch's reserved memory for another device.
std::int64_t peakMemory(c10::Device device) {
  if (!device.is_cpu())
    if (auto* allocator = dynamic_cast<c10::DeviceAllocator*>(c10::GetAllocator(device.type()))) {
      constexpr auto all = static_cast<std::size_t>(c10::CachingAllocator::StatType::AGGREGATE);
      return allocator->getDeviceStats(device.index()).reserved_bytes[all].peak;
    }
  struct rusage usage {};
  getrusage(RUSAGE_SELF, &usage);
  return std::int64_t{usage.ru_maxrss} * 1024;
}

void describeNetwork(std::ostream& out, const NamedNetwork& network) {
  double count = 0;
  for (const auto& parameter : network.module->parameters()) count += static_cast<double>(parameter.numel());
  out << "  " << network.name << "  " << std::fixed << std::setprecision(3) << std::setw(8) << count / 1e6
      << " million parameters, " << std::setprecision(1) << count * 4 / mib << " MiB: " << network.description
      << '\n';
}

}  // namespace

// The seconds of a step on one batch: the first one allocates, the fastest of the others counts.
double Training::measureSeconds(const std::function<void(const DeviceBatch&)>& step) {
  LoaderOptions loading = loaderOptions(options_);
  loading.endBatch = 3;
  DeviceBatches batches(*dataset_, loading, device_);
  double best = 0;
  while (const auto batch = batches.next()) {
    const auto began = Clock::now();
    step(*batch);
    const double seconds = std::chrono::duration<double>(Clock::now() - began).count();
    best = batch->number <= 1 ? seconds : std::min(best, seconds);
  }
  return best;
}

void Training::describe(std::ostream& out) {
  out << "Configuration\n";
  for (const auto& [option, value] : configuration(options_))
    out << "  " << std::left << std::setw(44) << option << value << '\n';
  out << std::right << "\nNetworks\n";
  for (const NamedNetwork& network : method_->networks()) describeNetwork(out, network);

  const device::CachingAllocatorScope caching;
  const double step = measureSeconds([&](const DeviceBatch& batch) {
    if (batch.number == 0)
      out << "\nImages of the first batch: A " << batch.a.size(3) << " x " << batch.a.size(2) << ", B "
          << batch.b.size(3) << " x " << batch.b.size(2) << "; " << stepsPerEpoch_ << " steps an epoch, "
          << options_.nEpochs + options_.nEpochsDecay << " epochs\n"
          << std::flush;
    runStep(batch);
  });
  double warming = 0;
  if (warmUp_) warming = measureSeconds([&](const DeviceBatch& batch) { warmUpStep(batch); });
  for (const std::string& sentence : notices_.take()) out << sentence << '\n';
  const double steps = static_cast<double>(stepsPerEpoch_) * (options_.nEpochs + options_.nEpochsDecay);
  const double hours = (step * steps + warming * static_cast<double>(options_.warmupSteps)) / 3600;
  const int threads = at::get_num_threads();
  out << "One step on " << device_.str() << " with " << threads << (threads == 1 ? " thread: " : " threads: ")
      << std::setprecision(3) << step << " s; peak memory " << std::setprecision(0)
      << static_cast<double>(peakMemory(device_)) / mib << (device_.is_cpu() ? " MiB" : " MiB of the card")
      << "; the whole run about " << std::setprecision(1) << (hours < 1 ? 60 * hours : hours)
      << (hours < 1 ? " minutes\n" : " hours\n") << "Nothing was written.\n";
}

}  // namespace cut::trainer
