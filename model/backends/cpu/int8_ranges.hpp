// Quantization ranges of int8 inputs from the activations' absmax.
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

// The range of each channel of inputs that are not transformed: absmax with 10 % headroom, and at least a
// thousandth of the largest range.
std::vector<float> rangesOf(std::span<const float> absmax);

// The tightest ranges that cover absmax (36, stride), of which the first `inputs` channels are valid, with 10
// % headroom; a channel that was hardly ever active gets a thousandth of the largest range.
Int8Ranges rangesOf(std::span<const float> absmax, std::int64_t inputs, std::int64_t stride);

}  // namespace cut::cpu
