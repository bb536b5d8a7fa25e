// SPDX-License-Identifier: MIT
// The noise that StyleGAN2 injects in evaluation. It is fixed: a pixel gets the same value in every frame, at
// every frame size and in every engine, so that videos do not flicker and results can be compared.
#pragma once

#include <cstdint>
#include <vector>

namespace cut {

// Every row of the noise is a part of one long line and begins at a random position in it: far less memory
// than a value for each pixel. The lengths are primes, so that no pattern repeats within a frame.
struct StyleNoise {
  std::vector<float> line;           // N(0, 1)
  std::vector<std::int64_t> starts;  // the position in the line where a row begins
};

inline constexpr std::int64_t styleNoiseLayerStep = 331;  // offset in rows between two layers

StyleNoise makeStyleNoise();

// Fills `to`, (width), with row y of a layer's noise.
void fillStyleNoiseRow(const StyleNoise& noise, int layer, std::int64_t y, std::int64_t width, float* to);

// Fills `to`, (height, width). The value at (y, x) is line[(starts[(y + step * layer) mod rows] + x) mod
// length].
void fillStyleNoise(const StyleNoise& noise, int layer, std::int64_t height, std::int64_t width, float* to);

}  // namespace cut
