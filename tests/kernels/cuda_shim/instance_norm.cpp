// SPDX-License-Identifier: MIT
// The CUDA kernels, compiled for the host against this folder's headers.
#include "backends/cuda/cuda_instance_norm.cu"
