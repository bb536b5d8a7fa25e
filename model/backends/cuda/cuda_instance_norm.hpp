// SPDX-License-Identifier: MIT
// Instance normalisation on CUDA for channels-last activations, fused with ReLU or with a residual sum:
// what libcuttranslate-cuda.so exports. Plain types: whoever opens the library needs no CUDA headers.
#pragma once

#include <cstddef>
#include <cstdint>

namespace cut::cuda {

enum class Element : std::int32_t { fp32, fp16 };  // statistics are kept in fp32 either way
enum class Activation : std::int32_t { none, relu };

// y = activation((x - mean) / sqrt(variance + eps)) + residual, for (batch, pixels, channels) activations,
// dense, in device memory. Statistics are per image and channel, biased variance (Ulyanov et al. 2016).
struct InstanceNorm {
  const void* x = nullptr;
  const void* residual = nullptr;  // or null: no sum
  void* y = nullptr;               // may be x or residual; otherwise they must not overlap
  void* workspace =
      nullptr;              // instanceNormWorkspace bytes, aligned to 16; free again when the stream is past
  std::int64_t batch = 1;   // 1 to 65535
  std::int64_t pixels = 0;  // height * width
  std::int64_t channels = 0;
  float eps = 1e-5F;
  Element element = Element::fp32;
  Activation activation = Activation::none;
};

using InstanceNormWorkspace = std::size_t (*)(const InstanceNorm&);
using InstanceNormRun = const char* (*)(const InstanceNorm&, void* stream);

}  // namespace cut::cuda

extern "C" {

// Bytes of device memory that the run takes: depends on the shape only.
__attribute__((visibility("default"))) std::size_t cut_cuda_instance_norm_workspace(
    const cut::cuda::InstanceNorm& norm) noexcept;

// Queues the work on a cudaStream_t of the current device and returns; null, or what went wrong, as text that
// stays. Results are the same from run to run.
__attribute__((visibility("default"))) const char* cut_cuda_instance_norm(const cut::cuda::InstanceNorm& norm,
                                                                          void* stream) noexcept;
}
