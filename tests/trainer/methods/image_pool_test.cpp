// SPDX-License-Identifier: MIT
// The history of translated images: what comes back, how often, and from where.
#include "trainer/methods/image_pool.hpp"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "cuttranslate/error.hpp"

namespace cut::trainer {
namespace {

at::Generator seeded(std::uint64_t seed) {
  return at::make_generator<at::CPUGeneratorImpl>(seed);
}

// Images (1, 3, 2, 2), all values of which are `value`.
at::Tensor image(double value) {
  return at::full({1, 3, 2, 2}, value);
}

double valueOf(const at::Tensor& image) {
  return image.flatten()[0].item<double>();
}

TEST(ImagePool, WithoutCapacityGivesTheImagesBack) {
  ImagePool pool(0);
  at::Generator random = seeded(1);
  const at::Tensor images = at::rand({2, 3, 4, 4});
  EXPECT_TRUE(at::equal(pool.query(images, random), images));
  EXPECT_EQ(pool.size(), 0);
}

TEST(ImagePool, KeepsImagesUntilItIsFullAndDrawsNothing) {
  ImagePool pool(3);
  at::Generator random = seeded(1);
  const at::Tensor before = random.get_state();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(valueOf(pool.query(image(i), random)), i);
  EXPECT_EQ(pool.size(), 3);
  EXPECT_TRUE(at::equal(random.get_state(), before));
}

TEST(ImagePool, ReturnsNoGradientAndKeepsItsOwnCopies) {
  ImagePool pool(1);
  at::Generator random = seeded(1);
  const at::Tensor first = image(1).requires_grad_();
  EXPECT_FALSE(pool.query(first, random).requires_grad());
  {
    const at::NoGradGuard noGrad;
    first.fill_(7);
  }
  StateDict state;
  pool.appendTo(state, "pool");
  ASSERT_EQ(state.size(), 1U);
  EXPECT_EQ(toFloats(state.front().second), std::vector<float>(12, 1));
}

// Half of the images come back at once. A kept image is drawn with probability 1/2 * 1/capacity in each
// query: it stays 2 * capacity queries on average (a geometric distribution).
TEST(ImagePool, GivesHalfOfTheImagesBackAndOlderOnesForTheOthers) {
  constexpr int capacity = 10, queries = 20'000;
  ImagePool pool(capacity);
  at::Generator random = seeded(5);
  for (int i = 0; i < capacity; ++i) pool.query(image(i), random);
  int same = 0;
  double age = 0;
  std::set<double> seen;
  for (int i = capacity; i < queries + capacity; ++i) {
    const double answer = valueOf(pool.query(image(i), random));
    EXPECT_TRUE(seen.insert(answer).second) << "an image comes back once";
    if (answer == i)
      ++same;
    else
      age += i - answer;
  }
  // Five standard deviations: sqrt(n) / 2 of a coin; of the mean age, its deviation (about 20) over sqrt(n /
  // 2).
  EXPECT_NEAR(same, queries / 2, 5 * std::sqrt(queries) / 2);
  EXPECT_NEAR(age / (queries - same), 2 * capacity, 5 * 20 / std::sqrt(queries / 2.0));
}

TEST(ImagePool, DrawsEveryPlaceAlike) {
  constexpr int capacity = 4, trials = 4000;
  std::map<double, int> drawn;
  at::Generator random = seeded(9);
  for (int trial = 0; trial < trials; ++trial) {
    ImagePool pool(capacity);
    for (int i = 0; i < capacity; ++i) pool.query(image(i), random);
    ++drawn[valueOf(pool.query(image(capacity), random))];
  }
  for (int i = 0; i < capacity; ++i) EXPECT_NEAR(drawn[i], trials / 8.0, 5 * std::sqrt(trials / 8.0)) << i;
  EXPECT_NEAR(drawn[capacity], trials / 2.0, 5 * std::sqrt(trials) / 2);
}

TEST(ImagePool, IsAFunctionOfItsSeed) {
  const auto answers = [](std::uint64_t seed) {
    ImagePool pool(2);
    at::Generator random = seeded(seed);
    std::vector<double> values;
    for (int i = 0; i < 50; ++i) values.push_back(valueOf(pool.query(image(i), random)));
    return values;
  };
  EXPECT_EQ(answers(3), answers(3));
  EXPECT_NE(answers(3), answers(4));
}

TEST(ImagePool, RestoredStateGoesOnAsTheSavedOne) {
  ImagePool pool(4);
  at::Generator random = seeded(2);
  for (int i = 0; i < 9; ++i) pool.query(at::rand({1, 3, 4, 6}), random);
  StateDict state;
  pool.appendTo(state, "pool_A");
  EXPECT_EQ(state.size(), 4U);
  ImagePool other(4);
  other.restore(state, "pool_A", at::kCPU);
  at::Generator one = seeded(3), two = seeded(3);
  for (int i = 0; i < 20; ++i) {
    const at::Tensor batch = at::rand({2, 3, 4, 6});
    const at::Tensor expected = pool.query(batch, one), got = other.query(batch, two);
    EXPECT_TRUE(at::equal(got, expected));
    EXPECT_EQ(got.strides(), expected.strides());
  }
}

TEST(ImagePool, StateOfALargerPoolThrows) {
  ImagePool pool(3);
  at::Generator random = seeded(2);
  for (int i = 0; i < 3; ++i) pool.query(image(i), random);
  StateDict state;
  pool.appendTo(state, "pool_A");
  ImagePool smaller(2);
  EXPECT_THROW(smaller.restore(state, "pool_A", at::kCPU), Error);
}

TEST(ImagePool, ImagesOfSeveralSizesMakeNoBatch) {
  ImagePool pool(4);
  at::Generator random = seeded(2);
  for (int i = 0; i < 4; ++i) pool.query(at::zeros({1, 3, 8, 8}), random);
  EXPECT_THROW(for (int i = 0; i < 50; ++i) pool.query(at::zeros({2, 3, 4, 4}), random), Error);
}

}  // namespace
}  // namespace cut::trainer
