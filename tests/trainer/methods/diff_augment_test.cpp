// SPDX-License-Identifier: MIT
// DiffAugment against plain loops, and where CutMethod applies it.
#include "trainer/methods/diff_augment.hpp"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "nets/initialise.hpp"
#include "nets/losses.hpp"
#include "nets/resnet_generator.hpp"
#include "trainer/methods/cut_method.hpp"

namespace cut::trainer {
namespace {

const AugmentationPolicy everything{Augmentation::color, Augmentation::translation, Augmentation::cutout};

at::Generator seeded(std::uint64_t seed) {
  return at::make_generator<at::CPUGeneratorImpl>(seed);
}

at::Tensor noise(at::IntArrayRef sizes, std::uint64_t seed = 3) {
  return at::rand(sizes, seeded(seed), at::TensorOptions(at::kDouble)) * 2 - 1;
}

double at4(const at::Tensor& x, std::int64_t n, std::int64_t c, std::int64_t h, std::int64_t w) {
  return x[n][c][h][w].item<double>();
}

// A tensor of `images`' sizes, of what `value` gives for each element.
template <typename Value>
at::Tensor elementwise(const at::Tensor& images, Value value) {
  const at::Tensor result = at::empty(images.sizes(), at::TensorOptions(at::kDouble));
  auto out = result.accessor<double, 4>();
  for (std::int64_t n = 0; n < images.size(0); ++n)
    for (std::int64_t c = 0; c < images.size(1); ++c)
      for (std::int64_t h = 0; h < images.size(2); ++h)
        for (std::int64_t w = 0; w < images.size(3); ++w) out[n][c][h][w] = value(n, c, h, w);
  return result;
}

void expectNear(const at::Tensor& got, const at::Tensor& expected, double most = 1e-14) {
  ASSERT_EQ(got.sizes(), expected.sizes());
  EXPECT_LE((got - expected).abs().max().item<double>(), most);
}

TEST(DiffAugment, ColourIsBrightnessThenSaturationThenContrast) {
  const at::Tensor images = noise({2, 3, 5, 4});
  const double brightness[]{0.25, -0.4}, saturation[]{1.7, 0.2}, contrast[]{0.6, 1.4};
  const auto pair = [](const double(&values)[2]) {
    return at::tensor({values[0], values[1]}, at::TensorOptions(at::kDouble));
  };
  const auto bright = [&](auto n, auto c, auto h, auto w) { return at4(images, n, c, h, w) + brightness[n]; };
  const at::Tensor saturated = elementwise(images, [&](auto n, auto c, auto h, auto w) {
    const double mean = (bright(n, 0, h, w) + bright(n, 1, h, w) + bright(n, 2, h, w)) / 3;
    return (bright(n, c, h, w) - mean) * saturation[n] + mean;
  });
  double means[2]{};
  elementwise(images, [&](auto n, auto c, auto h, auto w) {
    return means[n] += at4(saturated, n, c, h, w) / (3 * 5 * 4);
  });
  const at::Tensor expected = elementwise(images, [&](auto n, auto c, auto h, auto w) {
    return (at4(saturated, n, c, h, w) - means[n]) * contrast[n] + means[n];
  });
  expectNear(withColour(images, {pair(brightness), pair(saturation), pair(contrast)}), expected);
}

TEST(DiffAugment, TranslationMovesEachImageAndFillsWithZeros) {
  const at::Tensor images = noise({4, 3, 7, 9});
  const std::int64_t down[]{1, -1, 0, 6}, right[]{-1, 1, 0, -8};
  const at::Tensor expected = elementwise(images, [&](auto n, auto c, auto h, auto w) {
    const std::int64_t row = h - down[n], column = w - right[n];
    const bool inside = row >= 0 && row < 7 && column >= 0 && column < 9;
    return inside ? at4(images, n, c, row, column) : 0;
  });
  const auto longs = [](const std::int64_t(&values)[4]) {
    return at::tensor(at::ArrayRef<std::int64_t>(values, 4), at::TensorOptions(at::kLong));
  };
  expectNear(translated(images, {longs(down), longs(right)}), expected, 0);
}

// Odd and even sides, and centres at the borders, where a part of the rectangle lies outside.
TEST(DiffAugment, CutoutIsZeroWithinTheRectangleAndNowhereElse) {
  for (const auto& [height, width] : {std::pair<std::int64_t, std::int64_t>{7, 10}, {8, 5}, {1, 2}}) {
    const at::Tensor images = noise({1, 3, height, width});
    const std::int64_t tall = (height + 1) / 2, wide = (width + 1) / 2;
    for (std::int64_t row = 0; row < height + 1 - tall % 2; ++row) {
      for (std::int64_t column = 0; column < width + 1 - wide % 2; ++column) {
        const at::Tensor expected = elementwise(images, [&](auto n, auto c, auto h, auto w) {
          const std::int64_t top = row - tall / 2, left = column - wide / 2;
          const bool cut = h >= top && h < top + tall && w >= left && w < left + wide;
          return cut ? 0 : at4(images, n, c, h, w);
        });
        EXPECT_LT((expected != 0).sum().item<std::int64_t>(), expected.numel());
        const auto one = [](std::int64_t value) {
          return at::full({1}, value, at::TensorOptions(at::kLong));
        };
        expectNear(withCutout(images, {one(row), one(column)}), expected, 0);
      }
    }
  }
}

// Of images of ones: which rows and columns are cut out or empty, over many draws.
TEST(DiffAugment, DrawsReachTheRangesOfThePaper) {
  at::Generator random = seeded(11);
  for (const auto& [side, most] : {std::pair<std::int64_t, std::int64_t>{12, 2}, {11, 1}, {4, 1}, {3, 0}}) {
    std::set<std::int64_t> shifts;
    const at::Tensor ramp = at::arange(1, side + 1, at::TensorOptions(at::kDouble)).view({1, 1, side, 1});
    for (int i = 0; i < 100; ++i) {
      const at::Tensor moved =
          diffAugment(ramp.expand({1, 1, side, side}), {Augmentation::translation}, random);
      const at::Tensor middle = moved.amax({3}).flatten()[side / 2];
      shifts.insert(side / 2 + 1 - middle.item<std::int64_t>());
    }
    std::set<std::int64_t> expected;
    for (std::int64_t shift = -most; shift <= most; ++shift) expected.insert(shift);
    EXPECT_EQ(shifts, expected) << side;
  }
  for (const auto& [side, cut] : {std::pair<std::int64_t, std::int64_t>{8, 4}, {7, 4}, {5, 3}}) {
    std::set<std::int64_t> heights;
    for (int i = 0; i < 200; ++i) {
      const at::Tensor holed = diffAugment(at::ones({1, 1, side, side}), {Augmentation::cutout}, random);
      heights.insert(side - holed.amin({3}).sum().item<std::int64_t>());
    }
    EXPECT_EQ(*heights.rbegin(), cut) << side;
    EXPECT_EQ(*heights.begin(), cut / 2 + (cut % 2)) << side;  // a centre on the border
  }
  // Grey images keep their mean but for the brightness.
  double low = 1, high = -1;
  for (int i = 0; i < 500; ++i) {
    const at::Tensor bright = diffAugment(at::zeros({1, 3, 2, 2}), {Augmentation::color}, random);
    const double value = bright.mean().item<double>();
    low = std::min(low, value);
    high = std::max(high, value);
  }
  EXPECT_GE(low, -0.5);
  EXPECT_LT(low, -0.49);
  EXPECT_LE(high, 0.5);
  EXPECT_GT(high, 0.49);
}

TEST(DiffAugment, GradientAgreesWithFiniteDifferences) {
  const at::Tensor images = noise({2, 3, 6, 5}), weights = noise({2, 3, 6, 5}, 4);
  const auto loss = [&](const at::Tensor& x) {
    at::Generator random = seeded(7);
    return (diffAugment(x, everything, random) * weights).square().sum();
  };
  const at::Tensor input = images.clone().requires_grad_();
  const at::Tensor gradient = torch::autograd::grad({loss(input)}, {input})[0];
  constexpr double step = 1e-5;
  const at::Tensor expected = elementwise(images, [&](auto n, auto c, auto h, auto w) {
    const at::Tensor above = images.clone(), below = images.clone();
    above[n][c][h][w] += step;
    below[n][c][h][w] -= step;
    return (loss(above) - loss(below)).template item<double>() / (2 * step);
  });
  expectNear(gradient, expected, 1e-8);
  EXPECT_GT(gradient.abs().max().item<double>(), 0.1);
}

TEST(DiffAugment, EqualSeedsGiveEqualImagesAndNoPolicyDrawsNothing) {
  const at::Tensor images = noise({3, 3, 9, 8});
  at::Generator one = seeded(5), same = seeded(5), other = seeded(6), untouched = seeded(5);
  const at::Tensor augmented = diffAugment(images, everything, one);
  EXPECT_TRUE(at::equal(augmented, diffAugment(images, everything, same)));
  EXPECT_FALSE(at::equal(augmented, diffAugment(images, everything, other)));
  EXPECT_TRUE(diffAugment(images, {}, untouched).is_same(images));
  at::Generator fresh = seeded(5);
  EXPECT_TRUE(at::equal(at::rand({4}, untouched), at::rand({4}, fresh)));
}

class AugmentedStep : public testing::Test {
 protected:
  AugmentedStep() {
    at::Generator random = seeded(1);
    nets::initialise(*generator_, nets::Initialisation::xavier, 0.5, random);
    nets::initialise(*discriminator_, nets::Initialisation::xavier, 0.5, random);
    options_.lambdaNce = 0;
    options_.nceIdentity = false;
    options_.learningRate = 0;
    options_.diffAugment = everything;
  }

  CutLosses run(std::uint64_t seed) {
    CutMethod method(generator_, discriminator_, sampler_, options_);
    RandomDraws draws{.random = seeded(seed), .flip = {}, .patchIds = {}};
    const CutLosses losses = method.run(a_, b_, draws);
    after_ = draws.random;
    return losses;
  }

  std::shared_ptr<nets::ResnetGenerator> generator_ =
      std::make_shared<nets::ResnetGenerator>(GeneratorSpec{.blocks = 1, .ngf = 4});
  std::shared_ptr<nets::Discriminator> discriminator_ = std::make_shared<nets::Discriminator>(
      nets::DiscriminatorSpec{.netD = nets::NetD::pixel, .ndf = 4, .norm = Norm::none});
  std::shared_ptr<nets::PatchSampler> sampler_ =
      std::make_shared<nets::PatchSampler>(std::vector<std::int64_t>{3}, 8, /*heads=*/false);
  CutOptions options_;
  at::Tensor a_ = noise({2, 3, 16, 16}, 20).to(at::kFloat), b_ = noise({2, 3, 16, 16}, 21).to(at::kFloat);
  at::Generator after_;
};

TEST_F(AugmentedStep, FakeRealAndThenTheGeneratorsImagesAreAugmentedByDrawsOfTheirOwn) {
  const CutLosses losses = run(9);
  const at::NoGradGuard noGrad;
  at::Generator random = seeded(9);
  const auto lossOf = [&](const at::Tensor& images, nets::GanTarget target) {
    const at::Tensor judged = discriminator_->forward(diffAugment(images, options_.diffAugment, random));
    return nets::ganLoss(options_.ganMode, judged, target).item<double>();
  };
  const at::Tensor fake = generator_->forward(a_);
  EXPECT_NEAR(losses.fake, lossOf(fake, nets::GanTarget::fake), 1e-6);
  EXPECT_NEAR(losses.real, lossOf(b_, nets::GanTarget::real), 1e-6);
  EXPECT_NEAR(losses.ganG, lossOf(fake, nets::GanTarget::realForGenerator), 1e-6);
  EXPECT_TRUE(at::equal(at::rand({4}, random), at::rand({4}, after_)));  // and nothing else was drawn
}

TEST_F(AugmentedStep, WithoutAPolicyNothingIsDrawn) {
  const double augmented = run(9).real;
  options_.diffAugment = {};
  EXPECT_NE(run(9).real, augmented);
  at::Generator fresh = seeded(9);
  EXPECT_TRUE(at::equal(at::rand({4}, after_), at::rand({4}, fresh)));
}

// The discriminator is linear, with one slope for every pixel: R1 counts those that augmentation left.
TEST_F(AugmentedStep, R1IsOfTheImagesBeforeTheirAugmentation) {
  {
    const at::NoGradGuard noGrad;
    for (auto& entry : discriminator_->named_parameters())
      entry.value().fill_(entry.value().dim() == 4 ? 0.1 : 10);
  }
  const double slope = 0.1 * 0.1 * 0.1 * 4 * 8;  // every path through 4 and 8 units
  options_.diffAugment = {Augmentation::translation, Augmentation::cutout};
  options_.lambdaR1 = 3;
  const CutLosses losses = run(9);
  at::Generator random = seeded(9);
  diffAugment(a_, options_.diffAugment, random);  // the fake images' draws
  const double left = diffAugment(at::ones_like(b_), options_.diffAugment, random).sum().item<double>() / 2;
  ASSERT_LT(left, 3 * 16 * 16);
  const double expected = 3.0 / 2 * left * slope * slope;
  EXPECT_NEAR(losses.r1, expected, 1e-4 * expected);
}

// The same of wgangp, whose interpolates are augmented as well.
TEST_F(AugmentedStep, TheGradientPenaltyIsOfTheInterpolatesBeforeTheirAugmentation) {
  {
    const at::NoGradGuard noGrad;
    for (auto& entry : discriminator_->named_parameters())
      entry.value().fill_(entry.value().dim() == 4 ? 0.1 : 10);
  }
  const double slope = 0.1 * 0.1 * 0.1 * 4 * 8;
  options_.diffAugment = {Augmentation::cutout};
  options_.ganMode = nets::GanMode::wgangp;
  const CutLosses losses = run(9);
  at::Generator random = seeded(9);
  for (const at::Tensor& images : {a_, b_}) diffAugment(images, options_.diffAugment, random);
  at::rand({2, 1, 1, 1}, random);  // where the interpolates lie
  const at::Tensor left = diffAugment(at::ones_like(b_), options_.diffAugment, random).flatten(1).sum(1);
  const double expected = 10 * (left.sqrt() * slope - 1).square().mean().item<double>();
  EXPECT_NEAR(losses.penalty, expected, 1e-4 * expected);
}

TEST_F(AugmentedStep, TrainsTheGeneratorThroughTheAugmentation) {
  options_.learningRate = 2e-4;
  const at::Tensor before = generator_->parameters().front().detach().clone();
  run(9);
  const at::Tensor augmented = generator_->parameters().front().detach().clone();
  EXPECT_FALSE(at::equal(augmented, before));
  EXPECT_TRUE(at::isfinite(augmented).all().item<bool>());
}

}  // namespace
}  // namespace cut::trainer
