// SPDX-License-Identifier: MIT
#include "backends/torch/torchscript.hpp"

#include <ATen/ATen.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include <memory>
#include <sstream>
#include <string>

#include "cuttranslate/error.hpp"
#include "cuttranslate/tensor.hpp"

namespace cut::torch_engine {
namespace {

constexpr std::int64_t probeSide = 256;  // a multiple of what every U-Net needs

// A program's own error texts may hold escape sequences for a terminal.
std::string withoutControls(std::string words) {
  for (char& c : words)
    if ((static_cast<unsigned char>(c) < ' ' && c != '\n' && c != '\t') || c == '\x7f') c = '?';
  return words;
}

std::string describe(const c10::IValue& value) {
  if (!value.isTensor()) return "a " + value.tagKind();
  std::ostringstream text;
  text << "a tensor of shape " << value.toTensor().sizes();
  return text.str();
}

at::Tensor run(torch::jit::Module& module, const at::Tensor& x) {
  c10::IValue result = module.forward({x});
  const bool fits = result.isTensor() && result.toTensor().dim() == 4 &&
                    result.toTensor().size(0) == x.size(0) && result.toTensor().size(2) == x.size(2) &&
                    result.toTensor().size(3) == x.size(3) && result.toTensor().is_floating_point();
  if (fits) return result.toTensor();
  std::ostringstream expected;
  expected << "(" << x.size(0) << ", channels, " << x.size(2) << ", " << x.size(3) << ")";
  throw Error(ErrorKind::wrongFile, "the TorchScript program gives " + describe(result) +
                                        " for a frame of shape " + shapeText(x.sizes().vec()) +
                                        "; expected floats of shape " + expected.str());
}

std::shared_ptr<torch::jit::Module> load(std::span<const std::byte> program, at::Device device,
                                         at::ScalarType type) {
  std::istringstream stream(std::string(reinterpret_cast<const char*>(program.data()), program.size()));
  try {
    auto module = std::make_shared<torch::jit::Module>(torch::jit::load(stream, device));
    module->eval();
    module->to(device, type);
    return module;
  } catch (const c10::Error& error) {
    throw Error(ErrorKind::wrongFile, "the TorchScript program cannot be loaded: " +
                                          withoutControls(error.what_without_backtrace()));
  }
}

// The first number of channels that the program takes. If it takes none, the error for three is reported.
GeneratorSpec probeChannels(torch::jit::Module& module, at::Device device, at::ScalarType type) {
  GeneratorSpec spec{.architecture = "torchscript", .blocks = 0, .ngf = 1, .norm = Norm::none};
  std::string firstError;
  for (const int channels : {3, 1, 4, 2}) {
    try {
      const at::Tensor frame =
          at::zeros({1, channels, probeSide, probeSide}, at::TensorOptions(device).dtype(type));
      spec.inputChannels = channels;
      spec.outputChannels = static_cast<int>(run(module, frame).size(1));
      spec.validate();
      return spec;
    } catch (const std::exception& error) {
      const auto* ofTorch = dynamic_cast<const c10::Error*>(&error);
      if (firstError.empty())
        firstError = ofTorch != nullptr ? ofTorch->what_without_backtrace() : error.what();
    }
  }
  throw Error(
      ErrorKind::wrongFile,
      "the TorchScript program takes no frame of shape (1, channels, 256, 256) in [-1, 1] to the same: " +
          withoutControls(firstError));
}

}  // namespace

TorchScript loadTorchScript(std::span<const std::byte> program, at::Device device, at::ScalarType type) {
  const auto module = load(program, device, type);
  TorchScript script{probeChannels(*module, device, type), {}};
  const int channels = script.spec.outputChannels;
  script.forward = [module, channels](const at::Tensor& x) {
    at::Tensor y = run(*module, x);
    if (y.size(1) != channels)
      throw Error(ErrorKind::wrongFile, "the TorchScript program gives " + std::to_string(y.size(1)) +
                                            " channels for a frame, and gave " + std::to_string(channels) +
                                            " before");
    return y;
  };
  return script;
}

}  // namespace cut::torch_engine
