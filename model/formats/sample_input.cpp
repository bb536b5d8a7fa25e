#include "formats/sample_input.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace cut {
namespace {

constexpr int side = sampleSide;

// Period 1, range -1 to 1; of parabolas, because the last digit of sin() differs between machines.
float wave(float t) {
  const float f = t - std::floor(t);
  return f < 0.5F ? 16 * f * (0.5F - f) : -16 * (f - 0.5F) * (1 - f);
}

// -1 to 1, uniform.
float noise(std::uint32_t seed) {
  std::uint32_t x = seed * 2654435761U + 1;
  x = (x ^ x >> 16) * 2246822519U;
  x = (x ^ x >> 13) * 3266489917U;
  return static_cast<float>((x ^ x >> 16) >> 8) / 8388608.0F - 1;
}

float sampleValue(int channel, int y, int x) {
  const auto c = static_cast<float>(channel);
  const float u = static_cast<float>(x) / side;
  const float v = static_cast<float>(y) / side;
  const auto index = static_cast<std::uint32_t>((channel * side + y) * side + x);
  const float value = 0.45F * wave(u * (1 + c) + 0.3F * v) + 0.35F * wave(v * (2 - 0.5F * c) + 0.2F * c) +
                      0.15F * noise(index);
  return std::clamp(value, -1.0F, 1.0F);
}

}  // namespace

Tensor sampleInput(int channels) {
  std::vector<float> values;
  values.reserve(static_cast<std::size_t>(channels) * side * side);
  for (int channel = 0; channel < channels; ++channel)
    for (int y = 0; y < side; ++y)
      for (int x = 0; x < side; ++x) values.push_back(sampleValue(channel, y, x));
  return fromFloats({1, channels, side, side}, values);
}

}  // namespace cut
