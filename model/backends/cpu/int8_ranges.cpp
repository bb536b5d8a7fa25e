#include "backends/cpu/int8_ranges.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/conv/winograd/winograd.hpp"

namespace cut::cpu {
namespace {

constexpr std::size_t frequencies = int8Frequencies;
constexpr float narrowest = 1e-3F;  // of the widest channel
constexpr float room =
    1.1F;  // other frames reach further, and clipping costs more than a tenth of the levels

constexpr float tiny = 1e-12F;

// A channel that was hardly ever more than 0 must not be divided by that.
void widen(std::vector<float>& channels) {
  const float widest = *std::max_element(channels.begin(), channels.end());
  for (float& range : channels) range = std::max({range, narrowest * widest, tiny});
}

}  // namespace

std::vector<float> rangesOf(std::span<const float> reach) {
  std::vector<float> ranges;
  for (const float value : reach) ranges.push_back(room * value);
  widen(ranges);
  return ranges;
}

// A channel's range is its frequencies' geometric mean: none of them decides for all the others.
Int8Ranges rangesOf(std::span<const float> reach, std::int64_t inputs, std::int64_t stride) {
  Int8Ranges ranges{std::vector<float>(static_cast<std::size_t>(inputs)), std::vector<float>(frequencies)};
  const auto at = [&](std::size_t f, std::size_t c) {
    return reach[f * static_cast<std::size_t>(stride) + c];
  };
  for (std::size_t c = 0; c < ranges.channels.size(); ++c) {
    double sum = 0;
    for (std::size_t f = 0; f < frequencies; ++f) sum += std::log(std::max(at(f, c), tiny));
    ranges.channels[c] = static_cast<float>(std::exp(sum / frequencies));
  }
  widen(ranges.channels);
  for (std::size_t f = 0; f < frequencies; ++f)
    for (std::size_t c = 0; c < ranges.channels.size(); ++c)
      ranges.frequencies[f] = std::max({ranges.frequencies[f], room * at(f, c) / ranges.channels[c], tiny});
  return ranges;
}

}  // namespace cut::cpu
