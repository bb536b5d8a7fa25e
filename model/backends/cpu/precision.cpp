// SPDX-License-Identifier: MIT
#include "backends/cpu/precision.hpp"

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "backends/cpu/cpu_session.hpp"
#include "kernels/base/cpu_features.hpp"

namespace cut::cpu {
namespace {

constexpr double margin = 2;  // dB, because a sample is only one picture

double psnrOf(CpuNetwork& network, const Sample& sample) {
  CpuSession session(network, sample.size());
  const std::vector<float> expected = toFloats(sample.output);
  std::vector<float> got(expected.size());
  session.translate(toFloats(sample.input), got).take();
  return psnr(got, expected);
}

std::string shortfall(Precision precision, double kept) {
  char text[160];
  std::snprintf(text, sizeof text,
                "%s keeps %.1f dB of this model's sample, less than the %.0f dB that it promises: these "
                "weights need more precision. Use precision auto or fp32",
                std::string(nameOf(precision)).c_str(), kept, promisedPsnr(precision));
  return text;
}

// A precision to be checked with the sample.
struct Choice {
  Precision precision;
  Bf16 bf16 = Bf16::everywhere;
};

std::unique_ptr<CpuNetwork> make(const ModelFile& model, EngineOptions options, const Choice& choice) {
  options.precision = choice.precision;
  auto network = std::make_unique<CpuNetwork>(model, options, ResnetKernels{.bf16 = choice.bf16});
  if (choice.precision == Precision::bf16 && !haveFastBf16())
    network->setNotice(
        "bf16 is no faster than fp32 on this processor without AMX, or with it under CUT_CPU_ISA: precision "
        "auto takes fp32");
  return network;
}

// U-Nets use direct convolutions, and StyleGAN2 generators an epilogue: both exist in fp32 only.
bool hasFp32Only(const GeneratorSpec& spec) {
  return spec.architecture != "resnet";
}

// The precisions to be checked, fastest first; none where there is nothing to check.
std::vector<Choice> choicesFor(const GeneratorSpec& spec, Precision wanted) {
  const bool isAutomatic = wanted == Precision::automatic;
  std::vector<Choice> choices;
  if (isAutomatic && hasFp32Only(spec)) return choices;
  if (wanted == Precision::bf16 || (isAutomatic && haveFastBf16())) {
    choices.push_back({Precision::bf16});
    // Without anti-aliasing only the blocks can run in bf16 anyway, except that AMX runs the first and the
    // last layer too.
    if (!spec.noAntialias || !spec.noAntialiasUp || haveAmx())
      choices.push_back({Precision::bf16, Bf16::inBlocks});
  }
  if (wanted == Precision::tf32 || (isAutomatic && haveAmx())) choices.push_back({Precision::tf32});
  return choices;
}

}  // namespace

void requirePrecision(const ModelFile& model, Precision wanted) {
  const std::string name(nameOf(wanted));
  if (hasFp32Only(model.spec) &&
      (wanted == Precision::tf32 || wanted == Precision::bf16 || wanted == Precision::int8))
    throw Error(
        ErrorKind::unsupported,
        "precision " + name + " is not built for " + model.spec.name() +
            " in engine cpu: of U-Nets and StyleGAN2 generators it has fp32. Use precision auto or fp32");
  if (wanted == Precision::bf16 && !haveBf16())
    throw Error(
        ErrorKind::unsupported,
        "precision bf16 needs a processor with AVX512-BF16 (and no lower CUT_CPU_ISA); without it bf16 is "
        "no faster than fp32. Use precision auto or fp32");
  if (wanted == Precision::tf32 && !haveAmx())
    throw Error(
        ErrorKind::unsupported,
        "precision tf32 needs a processor with AMX (and no lower CUT_CPU_ISA); without it fp32 is the "
        "fastest that keeps as much. Use precision auto or fp32");
  if (wanted == Precision::int8 && !haveInt8())
    throw Error(
        ErrorKind::unsupported,
        "precision int8 needs a processor with AVX512-VNNI (and no lower CUT_CPU_ISA); without it int8 is no "
        "faster than fp32. Use precision auto or fp32");
  // No other engine could run it either, hence invalidArgument.
  if (wanted == Precision::int8 && model.int8Ranges.empty())
    throw Error(
        ErrorKind::invalidArgument,
        "precision int8 needs activation ranges, and this model file has none; `cut-model quantize MODEL "
        "FRAMES` adds them, from a folder of real frames");
  if (wanted == Precision::fp16)
    throw Error(ErrorKind::unsupported,
                "precision fp16 is not built for cpu in engine cpu; it has fp32, tf32, bf16 and int8");
}

std::unique_ptr<CpuNetwork> makeNetwork(const ModelFile& model, const EngineOptions& options) {
  const Precision wanted = options.precision;
  const bool isAutomatic = wanted == Precision::automatic;
  std::unique_ptr<CpuNetwork> network;
  double kept = 0;
  if (model.sample) {
    for (const Choice& choice : choicesFor(model.spec, wanted)) {
      network.reset();  // before the next one is made: both at once might not fit
      network = make(model, options, choice);
      kept = psnrOf(*network, *model.sample);
      if (kept >= promisedPsnr(choice.precision) + margin) return network;
    }
  }
  if (network && !isAutomatic) {
    if (kept < promisedPsnr(wanted)) network->setNotice(shortfall(wanted, kept));
    return network;
  }
  network.reset();
  return make(model, options, {isAutomatic ? Precision::fp32 : wanted});
}

}  // namespace cut::cpu
