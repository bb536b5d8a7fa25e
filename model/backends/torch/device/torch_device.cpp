// SPDX-License-Identifier: MIT
#include "backends/torch/device/torch_device.hpp"

#include <ATen/ATen.h>

#include "backends/torch/device/cuda.hpp"
#include "cuttranslate/error.hpp"

namespace cut::device {

c10::Device deviceFromName(const std::string& wanted) {
  const std::string& missing = openCuda();
  const int cards = missing.empty() ? static_cast<int>(at::getNumGPUs()) : 0;
  if (wanted == "cpu" || (wanted == "auto" && cards == 0)) return at::kCPU;
  if (cards == 0)
    throw Error(ErrorKind::noDevice, "device " + wanted + " is not available: " +
                                         (missing.empty() ? "LibTorch sees no CUDA device" : missing) +
                                         "; device cpu works here");
  const int index = wanted.starts_with("cuda:") ? std::stoi(wanted.substr(5)) : 0;
  if (index >= cards)
    throw Error(
        ErrorKind::noDevice,
        "device " + wanted + " does not exist: this machine has cuda:0 to cuda:" + std::to_string(cards - 1));
  return {at::kCUDA, static_cast<c10::DeviceIndex>(index)};
}

}  // namespace cut::device
