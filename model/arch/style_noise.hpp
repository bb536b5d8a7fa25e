// The noise that StyleGAN2 injects in evaluation: normally distributed, and the same for a pixel in every
// frame, at every frame size and in every program.
#pragma once

#include <cstdint>
#include <vector>

namespace cut {

// Rows of one long line of noise, each from another place on. The lengths are primes, so that nothing repeats
// within a picture.
struct StyleNoise {
  std::vector<float> line;           // N(0, 1)
  std::vector<std::int64_t> starts;  // of the rows, in the line
};

inline constexpr std::int64_t styleNoiseLayerStep = 331;  // rows between the noises of two layers

StyleNoise makeStyleNoise();

// to: (height, width). The value at (y, x) is line[(starts[(y + step * layer) mod rows] + x) mod length].
void fillStyleNoise(const StyleNoise& noise, int layer, std::int64_t height, std::int64_t width, float* to);

}  // namespace cut
