#include "cpu/precision.hpp"

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "cpu/kernels/bf16.hpp"
#include "cpu/kernels/int8.hpp"
#include "cpu/session.hpp"

namespace cut::cpu {
namespace {

constexpr double room = 2;  // dB: a sample is one picture of many

double psnrOf(CpuNetwork& network, const Sample& sample) {
  CpuSession session(network, sample.size());
  const std::vector<float> expected = toFloats(sample.output);
  std::vector<float> got(expected.size());
  session.translate(toFloats(sample.input), got).take();
  return psnr(got, expected);
}

std::string shortfall(double kept, double promised) {
  char text[160];
  std::snprintf(
      text, sizeof text,
      "bf16 keeps %.1f dB of this model's sample, less than the %.0f dB that it should: these weights "
      "do not bear it. Use precision auto or fp32",
      kept, promised);
  return text;
}

std::unique_ptr<CpuNetwork> withSpeedNotice(std::unique_ptr<CpuNetwork> network) {
  if (!haveFastBf16())
    network->setNotice(
        "bf16 is no faster than fp32 on this processor without AMX, or with it under CUT_CPU_ISA: precision "
        "auto takes fp32");
  return network;
}

// Their convolutions are direct ones, for which there are fp32 kernels only.
bool isUnet(const GeneratorSpec& spec) {
  return spec.architecture == "unet";
}

}  // namespace

void requirePrecision(const ModelFile& model, Precision wanted) {
  const std::string name(nameOf(wanted));
  if (isUnet(model.spec) && (wanted == Precision::bf16 || wanted == Precision::int8))
    throw Error(ErrorKind::unsupported,
                "precision " + name + " is not built for " + model.spec.name() +
                    " in engine cpu: of U-Nets it has fp32. Use precision auto or fp32");
  if (wanted == Precision::bf16 && !haveBf16())
    throw Error(
        ErrorKind::unsupported,
        "precision bf16 needs a processor with AVX512-BF16 (and no lower CUT_CPU_ISA); without it bf16 is "
        "no faster than fp32. Use precision auto or fp32");
  if (wanted == Precision::int8 && !haveInt8())
    throw Error(
        ErrorKind::unsupported,
        "precision int8 needs a processor with AVX512-VNNI (and no lower CUT_CPU_ISA); without it int8 is no "
        "faster than fp32. Use precision auto or fp32");
  // Another engine could not help, so that this is what is told.
  if (wanted == Precision::int8 && model.int8Ranges.empty())
    throw Error(ErrorKind::invalidArgument,
                "precision int8 needs to know how far the inputs of the model's layers reach, and this file "
                "does not say; `cut-model quantize MODEL FRAMES` adds that, from a folder of real frames");
  if (wanted == Precision::tf32 || wanted == Precision::fp16)
    throw Error(ErrorKind::unsupported,
                "precision " + name + " is not built for cpu in engine cpu; it has fp32, bf16 and int8");
}

std::unique_ptr<CpuNetwork> makeNetwork(const ModelFile& model, EngineOptions options) {
  const bool isAutomatic = options.precision == Precision::automatic;
  if (isAutomatic)
    options.precision =
        haveFastBf16() && model.sample && !isUnet(model.spec) ? Precision::bf16 : Precision::fp32;
  if (options.precision != Precision::bf16) return std::make_unique<CpuNetwork>(model, options);
  if (!model.sample) return withSpeedNotice(std::make_unique<CpuNetwork>(model, options));

  constexpr double promised = promisedPsnr(Precision::bf16);
  double kept = 0;
  std::unique_ptr<CpuNetwork> network;
  for (const Bf16 where : {Bf16::everywhere, Bf16::inBlocks}) {
    // The same, but for the first and the last layer on a matrix unit.
    if (where == Bf16::inBlocks && model.spec.noAntialias && model.spec.noAntialiasUp && !haveMatrixUnit())
      continue;
    network.reset();  // first: both at once might not fit
    network = std::make_unique<CpuNetwork>(model, options, ResnetKernels{.bf16 = where});
    kept = psnrOf(*network, *model.sample);
    if (kept >= promised + room) return withSpeedNotice(std::move(network));
  }
  if (!isAutomatic) {
    if (kept >= promised) return withSpeedNotice(std::move(network));
    network->setNotice(shortfall(kept, promised));
    return network;
  }
  network.reset();
  options.precision = Precision::fp32;
  return std::make_unique<CpuNetwork>(model, options);
}

}  // namespace cut::cpu
