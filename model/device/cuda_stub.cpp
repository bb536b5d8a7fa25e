#include "device/cuda.hpp"

namespace cut::device {

const std::string& openCuda() {
  static const auto& reason = *new std::string(
      "cuttranslate was built without CUDA (run pipelines/build.sh --cuda, which needs the CUDA toolkit's "
      "headers)");
  return reason;
}

}  // namespace cut::device
