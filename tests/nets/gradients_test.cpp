// Our operations for training against ATen's: results, gradients, and the gradient of a gradient.
#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <functional>

#include "nets/borders.hpp"
#include "nets/instance_norm.hpp"
#include "nets/twice_differentiable.hpp"

namespace cut::nets {
namespace {

using Operation = std::function<at::Tensor(const at::Tensor&)>;

double largestDifference(const at::Tensor& a, const at::Tensor& b) {
  return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>();
}

// The gradient of a weighted sum of what the operation gives.
at::Tensor gradientOf(const Operation& operation, const at::Tensor& at) {
  const at::Tensor x = at.detach().clone().requires_grad_();
  const at::Tensor y = operation(x);
  const at::Tensor weights = at::linspace(-1, 2, y.numel(), y.options().requires_grad(false)).view(y.sizes());
  return torch::autograd::grad({(y * weights).sum()}, {x})[0];
}

void expectEqualsAten(const Operation& operation, const at::Tensor& x, double tolerance) {
  const at::Tensor ours = gradientOf(operation, x);
  const TwiceDifferentiable aten;
  EXPECT_LE(largestDifference(ours, gradientOf(operation, x.to(at::kDouble))), tolerance);
  EXPECT_LE(largestDifference(operation(x), operation(x.to(at::kDouble))), 1e-5);
}

const std::vector<std::vector<std::int64_t>> shapes{{1, 64, 16, 16}, {2, 3, 5, 7}, {3, 17, 8, 9}};

TEST(Gradients, OfInstanceNormAreAtens) {
  for (const auto& shape : shapes)
    for (const Activation activation : {Activation::none, Activation::relu})
      expectEqualsAten([&](const at::Tensor& x) { return instanceNorm(x, activation); }, at::randn(shape),
                       1e-4);
}

TEST(Gradients, OfInstanceNormReachTheResidual) {
  const at::Tensor x = at::randn({1, 8, 6, 6});
  expectEqualsAten([&](const at::Tensor& r) { return instanceNorm(x.to(r.dtype()), Activation::none, r); },
                   at::randn({1, 8, 6, 6}), 1e-6);
}

TEST(Gradients, OfReflectedBordersAreAtens) {
  for (const std::int64_t pixels : {1, 3})
    for (const auto& shape : shapes)
      expectEqualsAten([&](const at::Tensor& x) { return reflect(x, pixels); }, at::randn(shape), 1e-5);
}

TEST(Gradients, OfBlurredDownSamplingAreAtens) {
  for (const auto& shape : shapes) expectEqualsAten(&blurDown, at::randn(shape), 1e-5);
}

TEST(Gradients, CanBeDifferentiatedAgainWhereThatIsAskedFor) {
  const TwiceDifferentiable twice;
  const at::Tensor x = at::randn({1, 4, 8, 8}).requires_grad_();
  const at::Tensor y = blurDown(instanceNorm(reflect(x, 1), Activation::relu)).pow(2).sum();
  const at::Tensor slope =
      torch::autograd::grad({y}, {x}, {}, /*retain_graph=*/true, /*create_graph=*/true)[0];
  slope.pow(2).sum().backward();
  ASSERT_TRUE(x.grad().defined());
  EXPECT_GT(x.grad().abs().max().item<double>(), 0);
}

}  // namespace
}  // namespace cut::nets
