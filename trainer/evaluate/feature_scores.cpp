// SPDX-License-Identifier: MIT
#include "trainer/evaluate/feature_scores.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <opencv2/core.hpp>
#include <string>

#include "cuttranslate/error.hpp"
#include "trainer/data/random.hpp"

namespace cut::trainer {
namespace {

void check(const Features& a, const Features& b) {
  if (a.dimension == b.dimension && a.dimension > 0 && a.count >= 2 && b.count >= 2) return;
  throw Error(ErrorKind::invalidArgument,
              "feature distance: expected two sets of at least two vectors of the same dimension, got " +
                  std::to_string(a.count) + " of " + std::to_string(a.dimension) + " and " +
                  std::to_string(b.count) + " of " + std::to_string(b.dimension));
}

// (rows, dimension): the selected vectors.
cv::Mat1d matrixOf(const Features& features, const std::vector<std::int64_t>& rows) {
  cv::Mat1d matrix(static_cast<int>(rows.size()), static_cast<int>(features.dimension));
  for (int i = 0; i < matrix.rows; ++i)
    std::copy_n(features.row(rows[static_cast<std::size_t>(i)]), features.dimension, matrix[i]);
  return matrix;
}

std::vector<std::int64_t> allRows(const Features& features) {
  std::vector<std::int64_t> rows(static_cast<std::size_t>(features.count));
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

// Centred and divided by sqrt(n - 1), so that X^T X is the covariance. Returns the mean in `mean`.
cv::Mat1d centred(const Features& features, cv::Mat1d& mean) {
  cv::Mat1d matrix = matrixOf(features, allRows(features));
  cv::reduce(matrix, mean, 0, cv::REDUCE_AVG);
  for (int i = 0; i < matrix.rows; ++i) matrix.row(i) -= mean;
  matrix *= 1 / std::sqrt(static_cast<double>(features.count - 1));
  return matrix;
}

// Tr M^(1/2) of a positive semidefinite matrix; eigenvalues below 0 are rounding errors.
double traceSqrt(const cv::Mat1d& matrix) {
  cv::Mat1d values;
  cv::eigen(matrix, values);
  double trace = 0;
  for (const double value : values) trace += std::sqrt(std::max(0.0, value));
  return trace;
}

cv::Mat1d matrixSqrt(const cv::Mat1d& matrix) {
  cv::Mat1d values, vectors;  // the vectors are rows
  cv::eigen(matrix, values, vectors);
  cv::Mat1d scaled = vectors.clone();
  for (int i = 0; i < scaled.rows; ++i) scaled.row(i) *= std::sqrt(std::max(0.0, values(i)));
  return cv::Mat1d(vectors.t() * scaled);
}

// Tr (C1 C2)^(1/2), where C1 = X^T X and C2 = Y^T Y. The eigenvalues of C1 C2 other than 0 are those of
// (X Y^T)(X Y^T)^T, which is the smaller matrix where there are fewer pictures than features.
double traceSqrtOfProduct(const cv::Mat1d& x, const cv::Mat1d& y) {
  if (std::min(x.rows, y.rows) < x.cols) {
    const cv::Mat1d product(x.rows <= y.rows ? x * y.t() : y * x.t());
    return traceSqrt(cv::Mat1d(product * product.t()));
  }
  const cv::Mat1d root = matrixSqrt(cv::Mat1d(x.t() * x));
  return traceSqrt(cv::Mat1d(root * (y.t() * y) * root));
}

cv::Mat1d polynomialKernel(const cv::Mat1d& x, const cv::Mat1d& y) {
  cv::Mat1d products(x * y.t());
  for (double& value : products) {
    const double base = value / x.cols + 1;
    value = base * base * base;
  }
  return products;
}

// The mean over pairs of distinct vectors, as the unbiased MMD estimate needs.
double offDiagonalMean(const cv::Mat1d& square) {
  const double pairs = static_cast<double>(square.rows) * (square.rows - 1);
  return (cv::sum(square)[0] - cv::trace(square)[0]) / pairs;
}

std::vector<std::int64_t> drawSubset(const Features& from, std::int64_t count, Random& random) {
  std::vector<std::int64_t> rows = allRows(from);
  for (std::int64_t i = 0; i < count; ++i)
    std::swap(rows[static_cast<std::size_t>(i)],
              rows[static_cast<std::size_t>(i + random.below(from.count - i))]);
  rows.resize(static_cast<std::size_t>(count));
  return rows;
}

}  // namespace

double frechetDistance(const Features& a, const Features& b) {
  check(a, b);
  cv::Mat1d meanA, meanB;
  const cv::Mat1d x = centred(a, meanA);
  const cv::Mat1d y = centred(b, meanB);
  const cv::Mat1d step(meanA - meanB);
  return step.dot(step) + x.dot(x) + y.dot(y) - 2 * traceSqrtOfProduct(x, y);
}

KernelDistance kernelDistance(const Features& a, const Features& b, std::uint64_t seed, int subsets,
                              std::int64_t subsetSize) {
  check(a, b);
  const std::int64_t size = std::min({subsetSize, a.count, b.count});
  double sum = 0;
  double squares = 0;
  for (int i = 0; i < subsets; ++i) {
    Random random(seed, 0, i, Purpose::subsets);
    const cv::Mat1d x = matrixOf(a, drawSubset(a, size, random));
    const cv::Mat1d y = matrixOf(b, drawSubset(b, size, random));
    const double distance = offDiagonalMean(polynomialKernel(x, x)) +
                            offDiagonalMean(polynomialKernel(y, y)) - 2 * cv::mean(polynomialKernel(x, y))[0];
    sum += distance;
    squares += distance * distance;
  }
  const double mean = sum / subsets;
  return {mean, std::sqrt(std::max(0.0, squares / subsets - mean * mean))};
}

FeatureScores featureScores(const Features& a, const Features& b, std::uint64_t seed) {
  const KernelDistance kernelScore = kernelDistance(a, b, seed);
  return {frechetDistance(a, b), kernelScore.mean, kernelScore.deviation};
}

}  // namespace cut::trainer
