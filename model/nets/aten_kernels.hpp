// SPDX-License-Identifier: MIT
// Our CPU kernels on ATen's threads and tensors.
#pragma once

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <cstdint>

#include "kernels/base/parallel_for.hpp"

// Without OpenMP, ATen's header runs everything on the calling thread, silently.
#ifndef _OPENMP
#error "at::parallel_for needs -fopenmp: the libtorch dependency brings it"
#endif

namespace cut::nets {

// A cpu::ParallelFor.
inline constexpr auto atenParallelFor = [](std::int64_t count, cpu::RangeTask task) {
  at::parallel_for(0, count, 1, task);
};

// An uninitialised fp32 tensor on the CPU in channels-last layout, aligned to 64 bytes as all memory of ATen
// there.
inline at::Tensor emptyChannelsLast(at::IntArrayRef sizes) {
  return at::empty(sizes, at::TensorOptions(at::kFloat).memory_format(at::MemoryFormat::ChannelsLast));
}

}  // namespace cut::nets
