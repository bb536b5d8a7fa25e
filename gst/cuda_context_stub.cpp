// SPDX-License-Identifier: MIT
#include "cuda_context.hpp"

namespace cut::gst {

std::unique_ptr<CudaContextOffer> CudaContextOffer::make(const std::string&) {
  return nullptr;
}

}  // namespace cut::gst
