#include "kernels/conv/winograd/input_reach.hpp"

#include <algorithm>
#include <cmath>

namespace cut::cpu {

void inputReach(const float* x, const NormRelu& norm, std::int64_t pixels, std::int64_t channels,
                float* reach, ParallelFor parallelFor) noexcept {
  parallelFor(channels / channelGroup, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t p = 0; p < pixels; ++p)
      for (std::int64_t c = begin * channelGroup; c < end * channelGroup; ++c) {
        const float value = x[p * channels + c];
        const float magnitude =
            norm.mean ? std::max((value - norm.mean[c]) * norm.invStd[c], 0.0F) : std::abs(value);
        reach[c] = std::max(reach[c], magnitude);
      }
  });
}

}  // namespace cut::cpu
