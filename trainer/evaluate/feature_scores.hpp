// SPDX-License-Identifier: MIT
// Distances between sets of feature vectors: FID and KID.
#pragma once

#include <cstdint>
#include <vector>

namespace cut::trainer {

// (count, dimension), row-major: one feature vector per picture.
struct Features {
  std::int64_t count = 0;
  std::int64_t dimension = 0;
  std::vector<double> values;

  const double* row(std::int64_t i) const noexcept { return values.data() + i * dimension; }
};

struct FeatureScores {
  double fid = 0;
  double kid = 0;
  double kidDeviation = 0;  // standard deviation over the subsets
};

// Fréchet inception distance (Heusel et al. 2017, equation 6): |m1 - m2|^2 + Tr(C1 + C2 - 2 (C1 C2)^(1/2)),
// with the sample covariances (n - 1). Biased upwards if a set is not much larger than the dimension.
// Throws invalidArgument for fewer than two vectors, or different dimensions.
double frechetDistance(const Features& a, const Features& b);

struct KernelDistance {
  double mean = 0;
  double deviation = 0;
};

// Kernel inception distance (Bińkowski et al. 2018): the unbiased estimate of the squared maximum mean
// discrepancy with the kernel (x.y / dimension + 1)^3, the mean of `subsets` draws of min(subsetSize, the
// smaller set's size) vectors of each set without replacement. Throws as frechetDistance does.
KernelDistance kernelDistance(const Features& a, const Features& b, std::uint64_t seed, int subsets = 100,
                              std::int64_t subsetSize = 1000);

FeatureScores featureScores(const Features& a, const Features& b, std::uint64_t seed);

}  // namespace cut::trainer
