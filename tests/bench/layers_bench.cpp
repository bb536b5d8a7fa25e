// SPDX-License-Identifier: MIT
// Milliseconds of each layer of an antialiased resnet generator, beside what its direct convolution would
// take at the machine's multiply-add peak: layers-bench WIDTH HEIGHT NGF BLOCKS THREADS ROUNDS
// [tf32|bf16|int8] [json].
//
// Processor time of all threads over their number, the median of the rounds: other programs hardly change it,
// and the kernel books it in ticks, so that a single one may be too short.
#include <hwy/targets.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <exception>
#include <functional>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "backends/cpu/thread_pool.hpp"
#include "fma_peak.hpp"
#include "kernels/base/aligned_floats.hpp"
#include "kernels/base/cpu_features.hpp"
#include "kernels/base/feature_map.hpp"
#include "kernels/conv/amx/amx_convolution.hpp"
#include "kernels/conv/convolution.hpp"
#include "kernels/conv/direct/output_stage.hpp"
#include "kernels/conv/winograd/winograd.hpp"
#include "kernels/conv/winograd/winograd_columns.hpp"
#include "kernels/image/resample.hpp"
#include "kernels/norm/instance_norm.hpp"

namespace {

using namespace cut::cpu;

struct Layer {
  std::string name;
  int count = 1;     // in the network
  double gflop = 0;  // of a direct convolution; 0 for what is none
  std::function<void(int round)> run{};
  std::vector<double> rounds{};  // seconds of all threads

  double seconds() const {
    std::vector<double> sorted = rounds;
    std::nth_element(sorted.begin(), sorted.begin() + sorted.size() / 2, sorted.end());
    return sorted[sorted.size() / 2];
  }
};

double processorSeconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

AlignedFloats filled(std::int64_t count, float value) {
  AlignedFloats memory = makeAlignedFloats(count);
  for (std::int64_t i = 0; i < count; ++i) memory.get()[i] = value * static_cast<float>(i % 7 - 3);
  return memory;
}

AlignedFloats amxWeightsOf(const AmxShape& shape) {
  AlignedFloats packed = makeAlignedFloats(shape.weights());
  const auto weight = [](std::int64_t out, std::int64_t in, std::int64_t row, std::int64_t column) {
    return 0.01F * static_cast<float>((out + in + row + column) % 7 - 3);
  };
  const std::vector<float> ranges(static_cast<std::size_t>(shape.inChannels), 2.0F);
  amxWeights(weight, shape.outChannels, shape.inChannels, packed.get(), shape, serialFor, ranges.data());
  return packed;
}

// Maps large enough for every layer, a norm, and the layers on them.
class Network {
 public:
  Network(std::int64_t width, std::int64_t height, std::int64_t ngf, int blocks, int threads,
          ComputeType computeType)
      : computeType_(computeType),
        usesAmx_(computeType != ComputeType::fp32 && haveAmx()),
        width_(width),
        height_(height),
        ngf_(ngf),
        pool_(threads),
        x_(filled(2 * width * height * paddedChannels(2 * ngf), 0.5F)),
        y_(filled(2 * width * height * paddedChannels(2 * ngf), 0.25F)),
        norm_(filled(2 * paddedChannels(4 * ngf), 0.5F)) {
    first();
    threeByThree("3x3 down, full size", 1, 1, ngf, 2 * ngf, 1);
    threeByThree("3x3 down, half size", 1, 2, 2 * ngf, 4 * ngf, 1);
    threeByThree("3x3 of a block", 2 * blocks, 4, 4 * ngf, 4 * ngf, std::min(2 * blocks, 6));
    threeByThree("upsample2x, 3x3 up, half size", 1, 2, 4 * ngf, 2 * ngf, 1, true);
    threeByThree("upsample2x, 3x3 up, full size", 1, 1, 2 * ngf, ngf, 1, true);
    last();
    others(blocks);
  }

  std::vector<Layer>& layers() { return layers_; }

 private:
  MapShape map(std::int64_t divisor, std::int64_t channels) const {
    return {height_ / divisor, width_ / divisor, paddedChannels(channels)};
  }
  NormRelu norm() const { return {norm_.get(), norm_.get() + paddedChannels(4 * ngf_)}; }
  static double gflop(const MapShape& out, std::int64_t inputs, std::int64_t outputs, std::int64_t taps) {
    return 2e-9 * static_cast<double>(out.pixels() * inputs * outputs * taps);
  }
  AlignedFloats& keep(AlignedFloats memory) {
    kept_.push_back(std::move(memory));
    return kept_.back();
  }

  // As many distinct weights as the layer has in the network, or enough not to stay in a cache.
  void threeByThree(const char* name, int count, std::int64_t divisor, std::int64_t inputs,
                    std::int64_t outputs, int distinct, bool upsample2x = false) {
    const MapShape out = map(divisor, outputs);
    const Padding padding = upsample2x ? Padding::zeros : Padding::reflect;
    if (usesAmx_)
      return amxLayer(name, count, gflop(out, inputs, outputs, 9), distinct,
                      {.height = out.height,
                       .width = out.width,
                       .inChannels = paddedChannels(inputs),
                       .outChannels = out.channels,
                       .padding = padding,
                       .upsample2x = upsample2x,
                       .computeType = computeType_},
                      norm());
    const WinogradShape shape{out.height,   out.width, paddedChannels(inputs), out.channels, padding,
                              computeType_, upsample2x};
    std::vector<const float*> weights;
    for (int i = 0; i < distinct; ++i) weights.push_back(keep(filled(shape.weights(), 0.01F)).get());
    float* scratch = keep(filled(winogradScratch(shape, pool_.threads()), 0)).get();
    float* moments = keep(filled(winogradStatistics(shape), 0)).get();
    layers_.push_back({name, count, gflop(out, inputs, outputs, 9), [=, this](int round) {
                         const auto i = static_cast<std::size_t>(round) % weights.size();
                         winograd(x_.get(), norm(), weights[i], norm_.get(), y_.get(), shape, moments,
                                  scratch, pool_.threads(), pool_);
                         winogradMoments(moments, shape, 1e-5F, norm_.get(), norm_.get() + shape.outChannels,
                                         pool_);
                       }});
  }

  void amxLayer(const char* name, int count, double flop, int distinct, const AmxShape& shape,
                const NormRelu& norm, bool measured = true) {
    std::vector<const float*> weights;
    for (int i = 0; i < distinct; ++i) weights.push_back(keep(amxWeightsOf(shape)).get());
    float* scratch = keep(filled(amxScratch(shape, pool_.threads()), 0)).get();
    float* moments = measured ? keep(filled(shape.statistics(), 0)).get() : nullptr;
    layers_.push_back({name, count, flop, [=, this](int round) {
                         const auto i = static_cast<std::size_t>(round) % weights.size();
                         amxConvolution(x_.get(), norm, weights[i], norm_.get(), y_.get(), shape, moments,
                                        scratch, pool_.threads(), pool_);
                         if (!moments) return;
                         amxMoments(moments, shape, 1e-5F, norm_.get(), norm_.get() + shape.outChannels,
                                    pool_);
                       }});
  }

  void columnsLayer(const char* name, double flop, const ColumnsShape& shape, const NormRelu& norm,
                    bool measured) {
    const float* weights = keep(filled(shape.weights(), 0.01F)).get();
    float* scratch = keep(filled(winogradColumnsScratch(shape, pool_.threads()), 0)).get();
    float* moments = measured ? keep(filled(shape.statistics(), 0)).get() : nullptr;
    layers_.push_back({name, 1, flop, [=, this](int) {
                         winogradColumns(x_.get(), norm, weights, norm_.get(), y_.get(), shape, moments,
                                         scratch, pool_.threads(), pool_);
                         if (!moments) return;
                         winogradColumnsMoments(moments, shape, 1e-5F, norm_.get(),
                                                norm_.get() + shape.outChannels, pool_);
                       }});
  }

  void first() {
    const double flop = gflop(map(1, ngf_), 3, ngf_, 49);
    const std::int64_t channels = paddedChannels(ngf_);
    if (usesAmx_)
      return amxLayer("7x7 first", 1, flop, 1, {height_, width_, 3, channels, 7, 7, Padding::reflect}, {});
    columnsLayer("7x7 first", flop, {height_, width_, 3, channels, 7, (width_ + 6) * 3}, {}, true);
  }

  void last() {
    const double flop = gflop(map(1, ngf_), ngf_, 3, 49);
    const std::int64_t channels = paddedChannels(ngf_), partial = paddedChannels(21);
    if (usesAmx_)
      return amxLayer("7x7 last", 1, flop, 1, {height_, width_, channels, partial, 7, 1, Padding::reflect},
                      norm(), false);
    columnsLayer("7x7 last", flop, {height_, width_, channels, partial, 1, width_ * channels, true}, norm(),
                 false);
  }

  void others(int blocks) {
    const auto add = [this](const char* name, int count, std::function<void(int)> run) {
      layers_.push_back({name, count, 0, std::move(run)});
    };
    for (const std::int64_t divisor : {1, 2}) {
      add(divisor == 1 ? "blur pool, full size" : "blur pool, half size", 1,
          [this, s = map(divisor, 2 * divisor * ngf_)](int) {
            blurPool(x_.get(), norm(), y_.get(), s, pool_);
          });
    }
    add("sum of a block", blocks, [this, s = map(4, 4 * ngf_)](int) {
      instanceNormApply(x_.get(), y_.get(), x_.get(), {1, s.pixels(), s.channels}, norm().mean, norm().invStd,
                        Activation::none, pool_);
    });
    add("output stage", 1, [this](int) {
      outputStage(x_.get(), norm_.get(), y_.get(), {height_, width_, 3, paddedChannels(21)}, pool_);
    });
  }

  ComputeType computeType_;
  bool usesAmx_;
  std::int64_t width_, height_, ngf_;
  ThreadPool pool_;
  AlignedFloats x_, y_, norm_;
  std::vector<AlignedFloats> kept_;
  std::vector<Layer> layers_;
};

// "peak" multiples are the direct convolution's operations over the time, of the measured peak of all
// threads.
nlohmann::json summary(const std::vector<Layer>& layers, int threads, double peak) {
  nlohmann::json rows = nlohmann::json::array();
  double convolutions = 0, others = 0, gflop = 0;
  for (const Layer& layer : layers) {
    const double once = layer.seconds() / threads, all = once * layer.count;
    nlohmann::json row{
        {"layer", layer.name}, {"count", layer.count}, {"ms_each", 1e3 * once}, {"ms", 1e3 * all}};
    if (layer.gflop > 0) row["times_peak"] = layer.gflop / layer.seconds() / peak;
    rows.push_back(row);
    (layer.gflop > 0 ? convolutions : others) += all;
    gflop += layer.gflop * layer.count;
  }
  return {
      {"isa", activeIsa()},
      {"threads", threads},
      {"peak_gflops_of_a_thread", peak},
      {"layers", rows},
      {"convolutions", {{"ms", 1e3 * convolutions}, {"times_peak", gflop / convolutions / threads / peak}}},
      {"rest", {{"ms", 1e3 * others}, {"share", others / (others + convolutions)}}}};
}

void report(const nlohmann::json& all) {
  std::printf("%s, %d threads, multiply-add peak %.1f GFLOP/s on each\n",
              all["isa"].get<std::string>().c_str(), all["threads"].get<int>(),
              all["peak_gflops_of_a_thread"].get<double>());
  std::printf("%-26s count   ms each    ms all   direct GFLOP/s of the peak\n", "");
  for (const auto& row : all["layers"]) {
    std::printf("%-26s %5d  %8.3f  %8.2f", row["layer"].get<std::string>().c_str(), row["count"].get<int>(),
                row["ms_each"].get<double>(), row["ms"].get<double>());
    if (row.contains("times_peak")) std::printf("   %6.2f x", row["times_peak"].get<double>());
    std::printf("\n");
  }
  std::printf("all convolutions %.1f ms, %.2f x the peak; the rest %.1f ms, %.1f %%\n",
              all["convolutions"]["ms"].get<double>(), all["convolutions"]["times_peak"].get<double>(),
              all["rest"]["ms"].get<double>(), 100 * all["rest"]["share"].get<double>());
}

ComputeType computeTypeNamed(const std::string& name) {
  if (name == "tf32" && haveAmx()) return ComputeType::bf16x3;
  if (name == "bf16" && haveBf16()) return ComputeType::bf16;
  if (name == "int8" && haveInt8()) return ComputeType::int8;
  throw std::invalid_argument("this machine has no kernels for " + name);
}

void run(std::vector<std::string> words) {
  const auto number = [&](std::size_t i) { return std::stoi(words[i]); };
  const bool json = !words.empty() && words.back() == "json";
  if (json) words.pop_back();
  if (words.size() != 6 && words.size() != 7)
    throw std::invalid_argument("expected: WIDTH HEIGHT NGF BLOCKS THREADS ROUNDS [tf32|bf16|int8] [json]");
  applyIsaCap();
  Network network(number(0), number(1), number(2), number(3), number(4),
                  words.size() == 7 ? computeTypeNamed(words[6]) : ComputeType::fp32);
  double peak = 0;
  for (int round = 0; round < number(5); ++round) {
    peak = std::max(peak, cut::bench::fmaPeak());
    for (Layer& layer : network.layers()) {
      const double begin = processorSeconds();
      layer.run(round);
      layer.rounds.push_back(processorSeconds() - begin);
    }
  }
  const nlohmann::json all = summary(network.layers(), number(4), peak);
  if (json)
    std::printf("%s\n", all.dump().c_str());
  else
    report(all);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    run({argv + std::min(argc, 1), argv + argc});
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
    return 1;
  }
}
