// SPDX-License-Identifier: MIT
// CUDA in this process, opened where there is a driver. The build picks cuda.cpp or cuda_stub.cpp.
#pragma once

#include <string>

namespace cut::device {

// Must come before the first call into ATen: it looks for its CUDA hooks once per process. Cheap after the
// first call. Returns an empty string if CUDA can be used, else a sentence that says what is missing.
const std::string& openCuda();

}  // namespace cut::device
