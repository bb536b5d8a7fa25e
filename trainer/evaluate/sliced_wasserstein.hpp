// The sliced Wasserstein distance between two clouds of points.
#pragma once

#include <cstdint>
#include <vector>

#include "trainer/data/random.hpp"

namespace cut::trainer {

// Points of a space, one column each.
struct PointCloud {
  int dimension = 0;
  std::int64_t count = 0;
  std::vector<float> values;  // (dimension, count)

  const float* row(int k) const noexcept { return values.data() + k * count; }
  float* row(int k) noexcept { return values.data() + k * count; }
};

// W1 of the clouds' shadows on a line, averaged over `directions` lines drawn from `random` (Rabin, Peyré,
// Delon, Bernot 2011). Clouds may differ in size: shadows are compared by their quantiles. The result depends
// on nothing but the arguments, however many threads compute it. Throws invalidArgument where a cloud is
// empty or their dimensions differ.
double slicedDistance(const PointCloud& a, const PointCloud& b, int directions, Random random);

// W1 between two samples of numbers, each sorted: the area between their quantile functions.
double sortedDistance(const std::vector<float>& a, const std::vector<float>& b);

}  // namespace cut::trainer
