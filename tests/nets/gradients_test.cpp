// SPDX-License-Identifier: MIT
// Our operations for training against ATen's: outputs, gradients, double backward.
#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <functional>

#include "nets/fused_instance_norm.hpp"
#include "nets/gradient_modes.hpp"
#include "nets/padding.hpp"
#include "nets/winograd_convolution.hpp"

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
  const DoubleBackwardMode aten;
  EXPECT_LE(largestDifference(ours, gradientOf(operation, x.to(at::kDouble))), tolerance);
  EXPECT_LE(largestDifference(operation(x), operation(x.to(at::kDouble))), 1e-5);
}

const std::vector<std::vector<std::int64_t>> shapes{{1, 64, 16, 16}, {2, 3, 5, 7}, {3, 17, 8, 9}};

TEST(Gradients, InstanceNormGradientMatchesAten) {
  for (const auto& shape : shapes)
    for (const Activation activation : {Activation::none, Activation::relu})
      expectEqualsAten([&](const at::Tensor& x) { return instanceNorm(x, activation); }, at::randn(shape),
                       1e-4);
}

TEST(Gradients, InstanceNormPassesGradientToResidual) {
  const at::Tensor x = at::randn({1, 8, 6, 6});
  expectEqualsAten([&](const at::Tensor& r) { return instanceNorm(x.to(r.dtype()), Activation::none, r); },
                   at::randn({1, 8, 6, 6}), 1e-6);
}

TEST(Gradients, ReflectionPadGradientMatchesAten) {
  for (const std::int64_t pixels : {1, 3})
    for (const auto& shape : shapes)
      expectEqualsAten([&](const at::Tensor& x) { return reflectionPad(x, pixels); }, at::randn(shape), 1e-5);
}

TEST(Gradients, BlurPoolGradientMatchesAten) {
  for (const auto& shape : shapes) expectEqualsAten(&blurPool, at::randn(shape), 1e-5);
}

struct Convolved {
  at::Tensor y, dx, dw, db;
};

Convolved convolved(
    const std::function<at::Tensor(const at::Tensor&, const at::Tensor&, const at::Tensor&)>& by,
    const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  const auto leaf = [](const at::Tensor& t) { return t.detach().clone().requires_grad_(); };
  const at::Tensor xs = leaf(x), ws = leaf(weight), bs = leaf(bias);
  const at::Tensor y = by(xs, ws, bs);
  const at::Tensor factors = at::linspace(-1, 2, y.numel(), y.options().requires_grad(false)).view(y.sizes());
  const auto gradients = torch::autograd::grad({(y * factors).sum()}, {xs, ws, bs});
  return {y, gradients[0], gradients[1], gradients[2]};
}

double relativeDifference(const at::Tensor& a, const at::Tensor& b) {
  return largestDifference(a, b) / b.abs().max().item<double>();
}

// Outputs and gradients in fp32 against double precision.
TEST(Gradients, WinogradGradientsMatchAten) {
  constexpr double noise = 5e-5;  // of F(6x6, 3x3) in fp32: two dozen seeds showed 1.3e-5
  for (const cpu::Padding padding : {cpu::Padding::zeros, cpu::Padding::reflect})
    for (const bool channelsLast : {false, true})
      for (const std::vector<std::int64_t>& shape :
           {std::vector<std::int64_t>{1, 64, 16, 16}, {2, 16, 5, 7}, {2, 48, 30, 13}}) {
        const at::Tensor x = at::randn(shape), bias = at::randn({32});
        at::Tensor weight = at::randn({32, shape[1], 3, 3}) * 0.1;
        if (channelsLast) weight = weight.contiguous(at::MemoryFormat::ChannelsLast);
        ASSERT_TRUE(winogradSupports(x, weight));
        const Convolved ours =
            convolved([&](const at::Tensor& a, const at::Tensor& w,
                          const at::Tensor& b) { return winogradConvolution(a, w, b, padding); },
                      x, weight, bias);
        const Convolved atens = convolved(
            [&](const at::Tensor& a, const at::Tensor& w, const at::Tensor& b) {
              return padding == cpu::Padding::zeros ? at::conv2d(a, w, b, 1, 1)
                                                    : at::conv2d(at::reflection_pad2d(a, {1, 1, 1, 1}), w, b);
            },
            x.to(at::kDouble), weight.to(at::kDouble), bias.to(at::kDouble));
        EXPECT_LE(relativeDifference(ours.y, atens.y), noise);
        EXPECT_LE(relativeDifference(ours.dx, atens.dx), noise);
        EXPECT_LE(relativeDifference(ours.dw, atens.dw), noise);
        EXPECT_LE(relativeDifference(ours.db, atens.db), noise);
      }
}

// Autocast asks for bf16 gradients, frozen weights for none.
TEST(Gradients, WinogradComputesOnlyRequestedGradients) {
  const at::Tensor x = at::randn({1, 16, 8, 8}), weight = at::randn({16, 16, 3, 3});
  const at::Tensor narrow = x.to(at::kBFloat16).requires_grad_();
  winogradConvolution(narrow, weight, {}, cpu::Padding::zeros).sum().backward();
  EXPECT_EQ(narrow.grad().scalar_type(), at::kBFloat16);
  EXPECT_FALSE(weight.grad().defined());

  const at::Tensor learnt = weight.detach().clone().requires_grad_();
  winogradConvolution(x, learnt, {}, cpu::Padding::reflect).sum().backward();
  const at::Tensor expected = weight.detach().clone().requires_grad_();
  at::conv2d(at::reflection_pad2d(x, {1, 1, 1, 1}), expected).sum().backward();
  EXPECT_LE(relativeDifference(learnt.grad(), expected.grad()), 5e-5);
  EXPECT_FALSE(x.grad().defined());
}

TEST(Gradients, WinogradSupportsItsShapesAndTypesOnly) {
  const at::Tensor x = at::zeros({1, 16, 8, 8}), weight = at::zeros({16, 16, 3, 3});
  EXPECT_TRUE(winogradSupports(x, weight));
  EXPECT_FALSE(winogradSupports(x.to(at::kDouble), weight.to(at::kDouble)));
  EXPECT_FALSE(winogradSupports(at::zeros({1, 3, 8, 8}), at::zeros({16, 3, 3, 3})));
  EXPECT_FALSE(winogradSupports(x, at::zeros({16, 16, 7, 7})));
  EXPECT_FALSE(winogradSupports(at::zeros({1, 16, 1, 8}), weight));
  const DoubleBackwardMode twice;
  EXPECT_FALSE(winogradSupports(x, weight));
}

TEST(Gradients, DoubleBackwardModeAllowsSecondGradients) {
  const DoubleBackwardMode twice;
  const at::Tensor x = at::randn({1, 4, 8, 8}).requires_grad_();
  const at::Tensor y = blurPool(instanceNorm(reflectionPad(x, 1), Activation::relu)).pow(2).sum();
  const at::Tensor slope =
      torch::autograd::grad({y}, {x}, {}, /*retain_graph=*/true, /*create_graph=*/true)[0];
  slope.pow(2).sum().backward();
  ASSERT_TRUE(x.grad().defined());
  EXPECT_GT(x.grad().abs().max().item<double>(), 0);
}

}  // namespace
}  // namespace cut::nets
