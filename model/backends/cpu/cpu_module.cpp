// SPDX-License-Identifier: MIT
// The engine module `cpu`: ResNet, U-Net and StyleGAN2 generators by the kernels of model/kernels, without
// another library.
#include "runtime/module.hpp"

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "backends/cpu/cpu_network.hpp"
#include "backends/cpu/int8_calibration.hpp"
#include "backends/cpu/precision.hpp"
#include "cuttranslate/export.hpp"
#include "kernels/base/cpu_features.hpp"

namespace cut::cpu {
namespace {

void requireNetwork(const ModelFile& model) {
  if (model.spec.architecture == "torchscript")
    throw Error(
        ErrorKind::unsupported,
        "engine cpu runs ResNet, U-Net and StyleGAN2 generators, not TorchScript programs; engine=torch "
        "runs every network");
}

void requireResnet(const ModelFile& model) {
  if (model.spec.architecture != "resnet")
    throw Error(ErrorKind::unsupported, "precision int8 is not built for " + model.spec.name() +
                                            " in engine cpu: it has it for ResNets");
}

void requireSupported(const ModelFile& model, const EngineOptions& options) {
  if (options.device != "auto" && options.device != "cpu")
    throw Error(ErrorKind::noDevice, "device " + options.device +
                                         " is not available: engine cpu has no device but cpu; engine=torch "
                                         "serves CUDA");
  requireNetwork(model);
  requirePrecision(model, options.precision);
}

class CpuModule final : public EngineModule {
 public:
  Result<std::unique_ptr<Network>> load(const ModelFile& model,
                                        const EngineOptions& options) noexcept override {
    return guarded<std::unique_ptr<Network>>([&] {
      applyIsaCap();
      requireSupported(model, options);
      return makeNetwork(model, options);
    });
  }

  Result<CalibratedInt8> calibrateInt8(const ModelFile& model, int threads, std::span<const ImageView> frames,
                                       double least) noexcept override {
    return guarded<CalibratedInt8>([&]() -> CalibratedInt8 {
      applyIsaCap();
      requireResnet(model);
      if (least > 0 && !haveInt8())
        throw Error(
            ErrorKind::unsupported,
            "int8 layer selection needs AVX512-VNNI, which this processor does not have or CUT_CPU_ISA "
            "caps; calibrate on a processor that has it, or keep all layers in int8 without selection");
      std::vector<Int8Picture> pictures = int8Pictures(model, frames);
      StateDict ranges = calibrate(model, threads, pictures);
      if (!haveInt8()) return {std::move(ranges), std::numeric_limits<double>::quiet_NaN()};
      return selectInt8Layers(model, ranges, threads, pictures, least);
    });
  }
};

}  // namespace
}  // namespace cut::cpu

extern "C" CUT_API cut::EngineModule* cut_engine_module(std::uint32_t interface) {
  static auto& module = *new cut::cpu::CpuModule;  // lives as long as the process
  return interface == cut::moduleInterface ? &module : nullptr;
}
