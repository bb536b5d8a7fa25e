// Every generator that a state_dict may be of, judged by some of its names and shapes.
#pragma once

#include <vector>

#include "arch/tensor_table.hpp"

namespace cut {

// At least one, all valid, the likelier first. Whether one fits, the caller finds out.
std::vector<GeneratorSpec> candidateSpecs(const TensorTable& table);

}  // namespace cut
