// Our kernels on LibTorch's threads.
#pragma once

#include <ATen/Parallel.h>

#include <cstdint>

#include "kernels/base/parallel_for.hpp"

// Its header then runs everything on the calling thread, without a word.
#ifndef _OPENMP
#error "at::parallel_for needs -fopenmp: the libtorch dependency brings it"
#endif

namespace cut::nets {

// A cpu::ParallelFor.
inline constexpr auto onThreads = [](std::int64_t count, cpu::RangeTask task) {
  at::parallel_for(0, count, 1, task);
};

}  // namespace cut::nets
