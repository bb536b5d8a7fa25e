// SPDX-License-Identifier: MIT
// The weight gradient of a Winograd convolution, F(6x6, 3x3), for training: the adjoints of its transforms
// and GEMMs, with as many multiplications as forward (Lavin and Gray 2016, https://arxiv.org/abs/1509.09308,
// section 4).
#pragma once

#include <cstdint>

#include "kernels/base/parallel_for.hpp"
#include "kernels/conv/winograd/winograd.hpp"

namespace cut::cpu {

// Floats of scratch memory for this many threads.
std::int64_t winogradGradientScratch(const WinogradShape& shape, std::int64_t batch,
                                     std::int64_t threads) noexcept;

// gradient (outChannels, 3, 3, inChannels): the sum over the batch's pixels of dy times the input under each
// tap. x is (batch, height, width, inChannels), dy (batch, height, width, outChannels), both dense. The
// compute type is fp32, and there is no upsample2x. scratch is aligned to 64 bytes. The order of each sum is
// fixed, so the result does not depend on the number of threads.
void winogradGradient(const float* x, const float* dy, float* gradient, const WinogradShape& shape,
                      std::int64_t batch, float* scratch, std::int64_t threads,
                      ParallelFor parallelFor) noexcept;

}  // namespace cut::cpu
