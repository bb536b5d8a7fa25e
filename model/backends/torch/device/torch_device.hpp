// SPDX-License-Identifier: MIT
// LibTorch's device of a name.
#pragma once

#include <c10/core/Device.h>

#include <string>

namespace cut::device {

// "cpu", "cuda", "cuda:N", or "auto": the first CUDA device where there is one, else the CPU. Opens CUDA.
// Throws noDevice, saying what is missing.
c10::Device deviceFromName(const std::string& wanted);

}  // namespace cut::device
