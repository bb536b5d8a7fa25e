// SPDX-License-Identifier: MIT
// One CUDA context for the network and for GStreamer's CUDA elements. cuda_context.cpp with gstreamer-cuda,
// cuda_context_stub.cpp without.
#pragma once

#include <gst/gst.h>

#include <memory>
#include <string>

namespace cut::gst {

// LibTorch works in a device's primary context, GStreamer's CUDA elements make their own unless a neighbour
// offers one: this offers the primary one, so that frames in CUDA memory can be reached from both.
class CudaContextOffer {
 public:
  virtual ~CudaContextOffer() = default;

  // For the active device "cuda:N"; nullptr for the CPU, without a driver, and in a build without
  // gstreamer-cuda.
  static std::unique_ptr<CudaContextOffer> make(const std::string& device);

  // Whether `query`, a GST_QUERY_CONTEXT, was for a CUDA context and is answered.
  virtual bool answer(GstElement* element, GstQuery* query) = 0;
};

}  // namespace cut::gst
