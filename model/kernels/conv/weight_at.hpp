// How the packing of a convolution's weights reads them.
#pragma once

#include <cstdint>

#include "kernels/base/parallel_for.hpp"

namespace cut::cpu {

// A weight of the kernel.
using WeightAt = FunctionRef<float(std::int64_t out, std::int64_t in, std::int64_t row, std::int64_t column)>;

}  // namespace cut::cpu
