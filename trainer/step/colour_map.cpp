#include "trainer/step/colour_map.hpp"

#include <ATen/ATen.h>

#include <tuple>

#include "trainer/step/colour.hpp"

namespace cut::trainer {
namespace {

// The power of a symmetric matrix without negative eigenvalues; those that are nothing stay nothing.
at::Tensor power(const at::Tensor& matrix, double exponent) {
  const auto [values, vectors] = at::linalg_eigh(matrix);
  const at::Tensor counts = values > 1e-9 * values.max();
  const at::Tensor powers = at::where(counts, values, at::ones_like(values)).pow(exponent) * counts;
  return at::matmul(vectors * powers, vectors.t());
}

}  // namespace

void ColourMoments::add(const at::Tensor& images) {
  const at::Tensor colours = colour(images).to(at::kCPU, at::kDouble).transpose(0, 1).reshape({3, -1});
  const at::Tensor sum = colours.sum(1), products = at::matmul(colours, colours.t());
  sum_ = sum_.defined() ? sum_ + sum : sum;
  products_ = products_.defined() ? products_ + products : products;
  pixels_ += static_cast<double>(colours.size(1));
}

at::Tensor ColourMoments::mean() const {
  return sum_ / pixels_;
}

at::Tensor ColourMoments::covariance() const {
  return products_ / pixels_ - at::outer(mean(), mean());
}

at::Tensor ColourMap::operator()(const at::Tensor& images) const {
  const at::Tensor colours = colour(images);
  const at::Tensor mapped = at::einsum("ij,njhw->nihw", {matrix.to(images.options()), colours});
  return images - colours + mapped + offset.to(images.options()).view({1, 3, 1, 1});
}

ColourMap colourMap(const ColourMoments& from, const ColourMoments& to) {
  const at::Tensor root = power(from.covariance(), 0.5), inverseRoot = power(from.covariance(), -0.5);
  const at::Tensor between = power(at::matmul(root, at::matmul(to.covariance(), root)), 0.5);
  ColourMap map;
  map.matrix = at::matmul(inverseRoot, at::matmul(between, inverseRoot));
  map.offset = to.mean() - at::mv(map.matrix, from.mean());
  return map;
}

}  // namespace cut::trainer
