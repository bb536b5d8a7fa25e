// SPDX-License-Identifier: MIT
// Stands in for CUDA's header of this name, so that a .cu file compiles for the host and its kernels run on
// fibers: blocks one after the other, the threads of a block from barrier to barrier in the order asked for.
#pragma once

#include <cmath>
#include <cstddef>
#include <functional>

#define __global__
#define __device__
#define __shared__ static  // only one block runs at a time

struct dim3 {
  unsigned x = 1, y = 1, z = 1;
};

// Of the thread that runs now.
extern dim3 threadIdx, blockIdx, blockDim, gridDim;

using cudaStream_t = struct CUstream_st*;

enum cudaError_t { cudaSuccess = 0, cudaErrorInvalidConfiguration = 9 };

inline const char* cudaGetErrorString(cudaError_t error) {
  return error == cudaSuccess ? "no error" : "invalid configuration argument";
}

struct cudaLaunchConfig_t {
  dim3 gridDim, blockDim;
  cudaStream_t stream = nullptr;
};

namespace cuda_shim {

// What depends on the order that the threads of a block run in between two barriers is a race.
enum class Order { ascending, descending };
void setOrder(Order order);

cudaError_t runGrid(dim3 grid, dim3 block, const std::function<void()>& thread);

// Counts arrivals. The program ends with a message where a thread of the block never comes.
void syncThreads();

}  // namespace cuda_shim

inline void __syncthreads() {
  cuda_shim::syncThreads();
}

template <typename... Parameters, typename... Args>
cudaError_t cudaLaunchKernelEx(const cudaLaunchConfig_t* config, void (*kernel)(Parameters...),
                               Args... args) {
  return cuda_shim::runGrid(config->gridDim, config->blockDim, [=] { kernel(args...); });
}
