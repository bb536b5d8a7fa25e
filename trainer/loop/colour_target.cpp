#include "trainer/loop/colour_target.hpp"

#include <ATen/ATen.h>

#include <algorithm>

#include "trainer/loop/images.hpp"

namespace cut::trainer {

ColourMap colourTarget(const PairDataset& dataset) {
  constexpr std::int64_t enough = 200;
  const std::int64_t pairs = std::min(dataset.size(), enough);
  ColourMoments a, b;
  for (std::int64_t i = 0; i < pairs; ++i) {
    const Pair pair = dataset.get(1, dataset.size() * i / pairs);
    a.add(toTensor(pair.a, at::kCPU));
    b.add(toTensor(pair.b, at::kCPU));
  }
  return colourMap(a, b);
}

}  // namespace cut::trainer
