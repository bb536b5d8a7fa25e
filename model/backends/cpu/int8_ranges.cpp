#include "backends/cpu/int8_ranges.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/conv/winograd/winograd.hpp"

namespace cut::cpu {
namespace {

constexpr std::size_t tileElements = int8TileElements;
constexpr float minRange = 1e-3F;  // of the channel with the largest range
// Other frames have larger activations, and clipping them costs more than a tenth of the quantization levels.
constexpr float headroom = 1.1F;

constexpr float tiny = 1e-12F;

// Channels that were hardly ever active must not be scaled up by an almost zero range.
void raiseSmallRanges(std::vector<float>& channels) {
  const float largest = *std::max_element(channels.begin(), channels.end());
  for (float& range : channels) range = std::max({range, minRange * largest, tiny});
}

}  // namespace

std::vector<float> rangesOf(std::span<const float> absmax) {
  std::vector<float> ranges;
  for (const float value : absmax) ranges.push_back(headroom * value);
  raiseSmallRanges(ranges);
  return ranges;
}

// A channel's range is the geometric mean over its tile elements, so that no single element decides for the
// others.
Int8Ranges rangesOf(std::span<const float> absmax, std::int64_t inputs, std::int64_t stride) {
  Int8Ranges ranges{std::vector<float>(static_cast<std::size_t>(inputs)), std::vector<float>(tileElements)};
  const auto at = [&](std::size_t e, std::size_t c) {
    return absmax[e * static_cast<std::size_t>(stride) + c];
  };
  for (std::size_t c = 0; c < ranges.channels.size(); ++c) {
    double sum = 0;
    for (std::size_t e = 0; e < tileElements; ++e) sum += std::log(std::max(at(e, c), tiny));
    ranges.channels[c] = static_cast<float>(std::exp(sum / tileElements));
  }
  raiseSmallRanges(ranges.channels);
  for (std::size_t e = 0; e < tileElements; ++e)
    for (std::size_t c = 0; c < ranges.channels.size(); ++c)
      ranges.tileElements[e] =
          std::max({ranges.tileElements[e], headroom * at(e, c) / ranges.channels[c], tiny});
  return ranges;
}

}  // namespace cut::cpu
