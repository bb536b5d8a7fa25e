// SPDX-License-Identifier: MIT
// What this machine can do at most.
#pragma once

namespace cut::bench {

// GFLOP/s of fp32 multiply-adds in registers on the calling thread, with the kernels' instruction set.
double fmaPeak();

}  // namespace cut::bench
