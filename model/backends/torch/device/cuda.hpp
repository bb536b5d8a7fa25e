// CUDA in this process: opened where a driver is, or the reason why not. cuda.cpp, or cuda_stub.cpp without
// it.
#pragma once

#include <string>

namespace cut::device {

// Must come before the first call into ATen: it looks for its CUDA hooks once per process. Cheap after the
// first. Empty where CUDA can be used; else a sentence saying what is missing.
const std::string& openCuda();

}  // namespace cut::device
