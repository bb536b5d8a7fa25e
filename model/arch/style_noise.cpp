// SPDX-License-Identifier: MIT
#include "arch/style_noise.hpp"

#include <cmath>
#include <numbers>
#include <random>

namespace cut {
namespace {

constexpr std::size_t lineLength = 4093;
constexpr std::size_t rows = 1009;

// In (0, 1]. Made of the generator's bits, which the standard fixes; its distributions differ between
// standard libraries.
double uniform(std::mt19937& random) {
  return (static_cast<double>(random()) + 1) / 4294967296.0;
}

}  // namespace

StyleNoise makeStyleNoise() {
  std::mt19937 random(20201008);
  StyleNoise noise;
  noise.line.reserve(lineLength);
  while (noise.line.size() < lineLength) {  // Box and Muller 1958
    const double radius = std::sqrt(-2 * std::log(uniform(random)));
    noise.line.push_back(static_cast<float>(radius * std::cos(2 * std::numbers::pi * uniform(random))));
  }
  noise.starts.reserve(rows);
  while (noise.starts.size() < rows) noise.starts.push_back(static_cast<std::int64_t>(random() % lineLength));
  return noise;
}

void fillStyleNoiseRow(const StyleNoise& noise, int layer, std::int64_t y, std::int64_t width, float* to) {
  const auto length = static_cast<std::int64_t>(noise.line.size());
  const auto rowCount = static_cast<std::int64_t>(noise.starts.size());
  std::int64_t at = noise.starts[static_cast<std::size_t>((y + styleNoiseLayerStep * layer) % rowCount)];
  for (std::int64_t x = 0; x < width; ++x) {
    *to++ = noise.line[static_cast<std::size_t>(at)];
    if (++at == length) at = 0;
  }
}

void fillStyleNoise(const StyleNoise& noise, int layer, std::int64_t height, std::int64_t width, float* to) {
  for (std::int64_t y = 0; y < height; ++y) fillStyleNoiseRow(noise, layer, y, width, to + y * width);
}

}  // namespace cut
