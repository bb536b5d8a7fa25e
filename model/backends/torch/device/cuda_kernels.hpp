// Our own CUDA kernels under model/nets: they make CUDA faster, not possible.
#pragma once

#include <filesystem>
#include <vector>

namespace cut::device {

// Opens the first of `candidates` that can be and has its kernels used by the networks; without any, ATen's
// operations serve. An installed library lies beside the module, one in a build folder in
// model/backends/cuda.
void useCudaKernels(const std::vector<std::filesystem::path>& candidates);

}  // namespace cut::device
