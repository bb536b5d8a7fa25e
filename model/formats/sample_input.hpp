// The input of the sample pair in our model files.
#pragma once

#include "cuttranslate/export.hpp"
#include "cuttranslate/tensor.hpp"

namespace cut {

inline constexpr int sampleSide = 64;

// (1, channels, 64, 64) in [-1, 1]: smooth waves, so that a generator sees something like a picture, and a
// little noise, so that no part of it stays idle. Always the same numbers.
CUT_API Tensor sampleInput(int channels);

}  // namespace cut
