// What int8 divides its inputs by, from what calibration saw.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace cut::cpu {

// The range is channels[c] * tileElements[e] at input channel c and tile element e, as in WinogradRanges.
struct Int8Ranges {
  std::vector<float> channels;      // (inputs)
  std::vector<float> tileElements;  // (36)
};

// What inputs that are not transformed are divided by: what each of these channels reached, and a tenth more;
// a thousandth of the widest at least.
std::vector<float> rangesOf(std::span<const float> reach);

// The closest ranges that hold `reach` (36, stride), whose first `inputs` channels count, and a tenth more; a
// channel that was hardly ever more than 0 has a thousandth of the widest one's.
Int8Ranges rangesOf(std::span<const float> reach, std::int64_t inputs, std::int64_t stride);

}  // namespace cut::cpu
