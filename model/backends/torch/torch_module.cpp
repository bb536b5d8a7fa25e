// SPDX-License-Identifier: MIT
// The engine module `torch`: every network that model/nets can build, on LibTorch's devices.
#include "runtime/module.hpp"

#include "backends/torch/device/cuda.hpp"
#include "backends/torch/torch_guard.hpp"
#include "backends/torch/torch_network.hpp"
#include "cuttranslate/export.hpp"

namespace cut::torch_engine {
namespace {

class TorchModule final : public EngineModule {
 public:
  Result<std::unique_ptr<Network>> load(const ModelFile& model,
                                        const EngineOptions& options) noexcept override {
    return guarded<std::unique_ptr<Network>>([&] {
      device::openCuda();
      return std::make_unique<TorchNetwork>(model, options);
    });
  }
};

}  // namespace
}  // namespace cut::torch_engine

extern "C" CUT_API cut::EngineModule* cut_engine_module(std::uint32_t interface) {
  static auto& module = *new cut::torch_engine::TorchModule;  // lives as long as the process
  return interface == cut::moduleInterface ? &module : nullptr;
}
