#include "trainer/loop/colour_gain.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "trainer/loop/images.hpp"
#include "trainer/methods/colour.hpp"

namespace cut::trainer {

double colourGain(const PairDataset& dataset) {
  constexpr std::int64_t enough = 200;
  const std::int64_t pairs = std::min(dataset.size(), enough);
  const auto strength = [](const Planes& planes) {
    return colour(toTensor(planes, at::kCPU)).square().mean().item<double>();
  };
  double a = 0, b = 0;
  for (std::int64_t i = 0; i < pairs; ++i) {
    const Pair pair = dataset.get(1, dataset.size() * i / pairs);
    a += strength(pair.a);
    b += strength(pair.b);
  }
  return a > 0 ? std::sqrt(b / a) : 1;
}

}  // namespace cut::trainer
