// SPDX-License-Identifier: MIT
#include "backends/torch/torch_network.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include <string>
#include <utility>

#include "backends/torch/device/caching_allocator.hpp"
#include "backends/torch/device/torch_device.hpp"
#include "backends/torch/torch_guard.hpp"
#include "backends/torch/torch_session.hpp"
#include "backends/torch/torchscript.hpp"
#include "cuttranslate/error.hpp"
#include "nets/generator.hpp"
#include "nets/state_dict.hpp"

namespace cut::torch_engine {
namespace {

at::ScalarType typeOf(Precision precision, const at::Device& device) {
  if (precision == Precision::automatic || precision == Precision::fp32) return at::kFloat;
  if (precision == Precision::fp16 && device.is_cuda()) return at::kHalf;
  throw Error(ErrorKind::unsupported, "precision " + std::string(nameOf(precision)) + " is not built for " +
                                          device.str() + " in engine torch; it has " +
                                          (device.is_cuda() ? "fp32 and fp16" : "fp32"));
}

}  // namespace

TorchNetwork::TorchNetwork(const ModelFile& model, const EngineOptions& options)
    : device_(device::deviceFromName(options.device)), type_(typeOf(options.precision, device_)) {
  at::set_num_threads(options.threads);  // of this thread's OpenMP team
  const c10::InferenceMode inference;
  if (device_.is_cuda()) {
    // fp32 keeps its promise: TF32 rounds to 10 bits.
    at::globalContext().setAllowTF32CuDNN(false);
    at::globalContext().setAllowTF32CuBLAS(false);
  }
  build(model);
  active_ = {"torch",
             device_.str(),
             type_ == at::kHalf ? "fp16" : "fp32",
             device_.is_cpu() ? options.threads : 0,
             {}};
}

void TorchNetwork::build(const ModelFile& model) {
  if (model.kind == FileKind::torchScript) {
    TorchScript script = loadTorchScript(model.program, device_, type_);
    spec_ = script.spec;
    forward_ = std::move(script.forward);
    return;
  }
  const auto generator = nets::makeGenerator(model.spec);
  nets::loadStateDict(*generator, model.weights);
  generator->eval();
  generator->to(device_, type_);
  for (auto& parameter : generator->parameters())
    if (parameter.dim() == 4) parameter.set_data(parameter.contiguous(at::MemoryFormat::ChannelsLast));
  spec_ = model.spec;
  forward_ = [generator](const at::Tensor& x) { return generator->forward(x); };
}

at::Tensor TorchNetwork::run(const at::Tensor& input) {
  const c10::InferenceMode inference;
  const device::CachingAllocatorScope caching;
  return forward_(input.to(device_, type_)).to(at::kCPU, at::kFloat);
}

Result<std::unique_ptr<Session>> TorchNetwork::makeSession(Size size) noexcept {
  return guarded<std::unique_ptr<Session>>([&] { return std::make_unique<TorchSession>(*this, size); });
}

}  // namespace cut::torch_engine
