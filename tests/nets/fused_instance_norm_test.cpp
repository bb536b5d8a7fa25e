// SPDX-License-Identifier: MIT
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "nets/fused_instance_norm.hpp"

namespace cut::nets {
namespace {

double largestDifference(const at::Tensor& a, const at::Tensor& b) {
  return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>();
}

at::Tensor exact(const at::Tensor& x, Activation activation, const at::Tensor& residual) {
  const at::Tensor d = x.to(at::kDouble);
  at::Tensor y = (d - d.mean({2, 3}, true)) / (d.var({2, 3}, /*unbiased=*/false, true) + 1e-5).sqrt();
  if (activation == Activation::relu) y = y.relu();
  return residual.defined() ? y + residual : y;
}

TEST(InstanceNorm, FusedNormEqualsTheDefinition) {
  const at::NoGradGuard noGrad;
  for (const auto& shape :
       {std::vector<std::int64_t>{1, 64, 32, 32}, {2, 3, 5, 7}, {1, 1, 8, 8}, {3, 17, 1, 9}}) {
    const at::Tensor x = at::randn(shape) * 3 + 2;
    const at::Tensor residual = at::randn(shape);
    EXPECT_LE(largestDifference(instanceNorm(x, Activation::relu), exact(x, Activation::relu, {})), 1e-5);
    EXPECT_LE(
        largestDifference(instanceNorm(x, Activation::none, residual), exact(x, Activation::none, residual)),
        1e-5);
  }
}

TEST(InstanceNorm, FusedNormDoesNotChangeSharedInputs) {
  const at::NoGradGuard noGrad;
  const at::Tensor x = at::randn({1, 8, 4, 4});
  const at::Tensor copy = x.clone();
  instanceNorm(x, Activation::relu, x);
  EXPECT_TRUE(at::equal(x, copy));
}

TEST(InstanceNorm, FusedNormIsDifferentiable) {
  const at::Tensor x = at::randn({1, 4, 6, 6}).requires_grad_();
  instanceNorm(x, Activation::relu).pow(2).sum().backward();
  ASSERT_TRUE(x.grad().defined());
  EXPECT_GT(x.grad().abs().max().item<double>(), 0);
}

}  // namespace
}  // namespace cut::nets
