// SPDX-License-Identifier: MIT
// Our own CUDA kernels under model/nets: they make CUDA faster, not possible.
#pragma once

#include <filesystem>
#include <vector>

namespace cut::device {

// Loads the first of `candidates` that can be opened and lets the networks use its kernels; with none of them
// ATen's operations run. An installed library lies beside the module, a build folder's in
// model/backends/cuda.
void useCudaKernels(const std::vector<std::filesystem::path>& candidates);

}  // namespace cut::device
