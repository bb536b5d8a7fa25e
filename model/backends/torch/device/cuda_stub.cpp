// SPDX-License-Identifier: MIT
#include "backends/torch/device/cuda.hpp"

namespace cut::device {

const std::string& openCuda() {
  static const auto& reason = *new std::string(
      "cuttranslate was built without CUDA (run pipelines/build.sh --cuda, which needs a LibTorch with "
      "CUDA)");
  return reason;
}

}  // namespace cut::device
