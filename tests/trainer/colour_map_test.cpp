// A domain's colours brought to another's: Monge and Kantorovich's map between Gaussians.
#include "trainer/step/colour_map.hpp"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>

#include "trainer/step/colour.hpp"

namespace cut::trainer {
namespace {

class ColourMaps : public testing::Test {
 protected:
  at::Tensor image(const at::Tensor& scale, const at::Tensor& middle) {
    const at::Tensor mixed =
        at::einsum("ij,njhw->nihw", {scale, at::randn({2, 3, 24, 20}, random_, at::kDouble)});
    return mixed + middle.view({1, 3, 1, 1});
  }

  static ColourMoments momentsOf(const at::Tensor& images) {
    ColourMoments moments;
    for (const auto& image : images.split(1)) moments.add(image);
    return moments;
  }

  at::Generator random_ = at::make_generator<at::CPUGeneratorImpl>(5);
  at::Tensor a_ = image(at::tensor({0.4, 0.1, 0.0, 0.0, 0.2, 0.1, 0.3, 0.0, 0.5}, at::kDouble).view({3, 3}),
                        at::tensor({0.1, 0.2, 0.4}, at::kDouble));
  at::Tensor b_ = image(at::tensor({0.1, 0.0, 0.1, 0.0, 0.3, 0.0, 0.1, 0.1, 0.1}, at::kDouble).view({3, 3}),
                        at::tensor({-0.1, 0.1, -0.2}, at::kDouble));
};

TEST_F(ColourMaps, GiveMeanAndCovarianceOfTheOther) {
  const at::Tensor mapped = colourMap(momentsOf(a_), momentsOf(b_))(a_);
  EXPECT_TRUE(momentsOf(mapped).mean().allclose(momentsOf(b_).mean(), 0, 1e-9));
  EXPECT_TRUE(momentsOf(mapped).covariance().allclose(momentsOf(b_).covariance(), 0, 1e-9));
  EXPECT_TRUE((mapped - colour(mapped)).allclose(a_ - colour(a_), 0, 1e-9)) << "luma is not the map's";
}

// A rotation would do for the moments too.
TEST_F(ColourMaps, MoveColoursNoMoreThanThatTakes) {
  const at::Tensor matrix = colourMap(momentsOf(a_), momentsOf(b_)).matrix;
  EXPECT_TRUE(matrix.allclose(matrix.t(), 0, 1e-9));
  EXPECT_GT(at::linalg_eigvalsh(matrix).min().item<double>(), -1e-9);
  EXPECT_TRUE(colourMap(momentsOf(a_), momentsOf(a_))(a_).allclose(a_, 0, 1e-9));
}

TEST_F(ColourMaps, GiveGreyImagesTheOthersMean) {
  const at::Tensor grey = at::rand({1, 1, 8, 8}, random_, at::kDouble).expand({1, 3, 8, 8});
  const at::Tensor mapped = colourMap(momentsOf(grey), momentsOf(b_))(grey);
  EXPECT_TRUE(colour(mapped).allclose(momentsOf(b_).mean().view({1, 3, 1, 1}).expand_as(mapped), 0, 1e-9));
}

}  // namespace
}  // namespace cut::trainer
