// SPDX-License-Identifier: MIT
// The sliced Wasserstein distance between two clouds of points.
#pragma once

#include <cstdint>
#include <vector>

#include "trainer/data/random.hpp"

namespace cut::trainer {

// Points in R^dimension, one per column.
struct PointCloud {
  int dimension = 0;
  std::int64_t count = 0;
  std::vector<float> values;  // (dimension, count)

  const float* row(int k) const noexcept { return values.data() + k * count; }
  float* row(int k) noexcept { return values.data() + k * count; }
};

// The Wasserstein distance W1 of one-dimensional projections, averaged over `directions` random directions
// (Rabin, Peyré, Delon, Bernot 2011). Clouds may differ in size. Deterministic for the same arguments,
// whatever the number of threads. Throws invalidArgument if a cloud is empty or the dimensions differ.
double slicedWasserstein(const PointCloud& a, const PointCloud& b, int directions, Random random);

// W1 between two sorted samples: the area between their quantile functions.
double wasserstein1(const std::vector<float>& a, const std::vector<float>& b);

}  // namespace cut::trainer
