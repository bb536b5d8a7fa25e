// The CUDA kernels, compiled for the host against this folder's headers.
#include "cuda/instance_norm.cu"
