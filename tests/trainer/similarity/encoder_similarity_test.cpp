// SPDX-License-Identifier: MIT
// Similarities of an encoder's features against sums written down in double precision.
#include "trainer/similarity/encoder_similarity.hpp"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>

#include <cmath>

#include "nets/initialise.hpp"
#include "nets/resnet_generator.hpp"
#include "trainer/similarity/similarity_rows.hpp"

namespace cut::trainer {
namespace {

constexpr double bound = 1e-5;

class EncoderSimilarity : public testing::Test {
 protected:
  EncoderSimilarity() {
    nets::initialise(generator_, nets::Initialisation::normal, 0.3, random_);
    nets::initialise(heads_, nets::Initialisation::normal, 0.3, random_);
    generator_.eval();
  }

  at::Tensor image(std::int64_t height, std::int64_t width) {
    return at::rand({1, 3, height, width}, random_) * 2 - 1;
  }

  EncoderView view(nets::PatchSampler* heads = nullptr) {
    return {.generator = &generator_, .layers = {0, 4, 8}, .heads = heads};
  }

  // Layers 0 (the padded image), 4 (of full size) and 8 (of half the size).
  at::Generator random_ = at::make_generator<at::CPUGeneratorImpl>(5);
  nets::ResnetGenerator generator_{{.blocks = 1, .ngf = 4}};
  nets::PatchSampler heads_{{3, 8, 16}, 12, true};
};

// The feature of a map's cell, through the head with these weights where there are any.
std::vector<double> featureAt(const at::Tensor& map, std::int64_t y, std::int64_t x,
                              const torch::nn::Module* heads, int layer) {
  at::Tensor feature = map[0].select(1, y).select(1, x).to(at::kDouble);
  if (heads != nullptr) {
    const auto parameters = heads->named_parameters();
    const auto weight = [&](const std::string& name) {
      return parameters["mlp_" + std::to_string(layer) + name].detach().to(at::kDouble);
    };
    feature = at::mv(weight(".0.weight"), feature) + weight(".0.bias");
    feature = at::mv(weight(".2.weight"), feature.clamp_min(0)) + weight(".2.bias");
  }
  const at::Tensor plain = feature.contiguous();
  return {plain.const_data_ptr<double>(), plain.const_data_ptr<double>() + plain.numel()};
}

double cosine(const std::vector<double>& a, const std::vector<double>& b) {
  double product = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    product += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  return product / ((std::sqrt(aa) + 1e-7) * (std::sqrt(bb) + 1e-7));
}

TEST_F(EncoderSimilarity, IsTheCosineOfFeaturesWithAndWithoutHeads) {
  const at::NoGradGuard noGrad;
  const at::Tensor query = image(12, 20);
  const at::Tensor keys = image(12, 20);
  const std::vector<PicturePoint> points{{0.3, 0.6}, {0.99, 0}};
  const auto all = encoderSimilarity(view(&heads_), query, keys, points);
  ASSERT_EQ(all.size(), 6U);
  const auto queryMaps = generator_.encode(query, {0, 4, 8});
  const auto keyMaps = generator_.encode(keys, {0, 4, 8});
  const std::int64_t heights[] = {12, 12, 6}, widths[] = {20, 20, 10}, borders[] = {3, 0, 0};
  for (int i = 0; i < 6; ++i) {
    const int layer = i % 3;
    EXPECT_EQ(all[i].layer, 4 * layer);
    EXPECT_EQ(all[i].throughHead, i >= 3);
    ASSERT_EQ(all[i].values.sizes(), (at::IntArrayRef{2, heights[layer], widths[layer]}));
    const torch::nn::Module* heads = i >= 3 ? &heads_ : nullptr;
    for (int p = 0; p < 2; ++p) {
      const auto y = static_cast<std::int64_t>(points[p].y * static_cast<double>(heights[layer]));
      const auto x = static_cast<std::int64_t>(points[p].x * static_cast<double>(widths[layer]));
      const auto feature = featureAt(queryMaps[layer], y + borders[layer], x + borders[layer], heads, layer);
      for (std::int64_t v = 0; v < heights[layer]; ++v)
        for (std::int64_t u = 0; u < widths[layer]; ++u)
          ASSERT_NEAR(all[i].values[p][v][u].item<double>(),
                      cosine(feature,
                             featureAt(keyMaps[layer], v + borders[layer], u + borders[layer], heads, layer)),
                      bound)
              << "map " << i << ", point " << p << ", cell " << u << ',' << v;
    }
  }
}

TEST_F(EncoderSimilarity, OfAPlaceToItselfIsOne) {
  const at::Tensor picture = image(16, 16);
  const std::vector<PicturePoint> points{{0.5, 0.25}};
  for (const LayerSimilarity& map : encoderSimilarity(view(&heads_), picture, picture, points)) {
    EXPECT_NEAR(
        map.values[0][cellAt(0.25, map.values.size(1))][cellAt(0.5, map.values.size(2))].item<double>(), 1,
        bound);
    EXPECT_LE(map.values.max().item<double>(), 1 + bound);
  }
}

// More cells than are multiplied at once.
TEST_F(EncoderSimilarity, OfALargePictureIsThatOfItsParts) {
  const at::NoGradGuard noGrad;
  const at::Tensor picture = image(256, 264);
  const std::vector<PicturePoint> points{{0.5, 0.5}};
  const auto all = encoderSimilarity(view(), picture, picture, points);
  const auto maps = generator_.encode(picture, {4});
  const auto feature = featureAt(maps[0], 128, 132, nullptr, 1);
  for (const auto& [y, x] : {std::pair{0, 0}, std::pair{248, 63}, std::pair{248, 64}, std::pair{255, 263}})
    EXPECT_NEAR(all[1].values[0][y][x].item<double>(), cosine(feature, featureAt(maps[0], y, x, nullptr, 1)),
                bound);
}

TEST_F(EncoderSimilarity, CellsLieEvenlyOverAPicture) {
  EXPECT_EQ(cellAt(0, 10), 0);
  EXPECT_EQ(cellAt(0.0999, 10), 0);
  EXPECT_EQ(cellAt(0.1, 10), 1);
  EXPECT_EQ(cellAt(0.9999, 10), 9);
  EXPECT_EQ(cellAt(1, 10), 9);
}

TEST_F(EncoderSimilarity, RowsSayWhereThePointItselfStands) {
  const at::Tensor picture = image(18, 22);  // padded to 20 x 24
  const std::vector<PicturePoint> points{{0.5, 0.5}, {0.02, 0.97}};
  const auto rows = similarityRows(view(&heads_), picture, points, {.query = QuerySide::input, .width = 66});
  ASSERT_EQ(rows.size(), 2U);
  for (const SimilarityRow& row : rows) {
    EXPECT_TRUE(row.query.pixels.empty());
    EXPECT_EQ(row.keys.width, 66);
    EXPECT_EQ(row.keys.height, 54);
    ASSERT_EQ(row.cells.size(), 6U);
    for (const SimilarityCell& cell : row.cells) {
      EXPECT_NEAR(cell.figures.own, 1, bound) << cell.label;
      EXPECT_NEAR(cell.figures.most, 1, bound) << cell.label;
      EXPECT_EQ(cell.picture.width, 66);
      EXPECT_EQ(cell.picture.height, 54);
    }
    EXPECT_EQ(row.cells[1].label, "layer 4");
    EXPECT_EQ(row.cells[5].label, "layer 8 through H");
    EXPECT_EQ(row.cells[1].figures.cells, 18 * 22);
    EXPECT_EQ(row.cells[5].figures.cells, 9 * 11);
  }
}

TEST_F(EncoderSimilarity, RowsOfThePageShowWhatPatchNceCompares) {
  const std::vector<PicturePoint> points{{0.5, 0.5}};
  const auto labels = [&](nets::PatchSampler* heads) {
    std::vector<std::string> all;
    const auto rows =
        similarityRows(view(heads), image(16, 16), points, {.maps = ShownMaps::compared, .width = 32});
    EXPECT_EQ(rows[0].query.width, 32);
    for (const SimilarityCell& cell : rows[0].cells) all.push_back(cell.label);
    return all;
  };
  EXPECT_EQ(labels(nullptr), (std::vector<std::string>{"layer 0", "layer 4", "layer 8"}));
  EXPECT_EQ(labels(&heads_),
            (std::vector<std::string>{"layer 0 through H", "layer 4 through H", "layer 8 through H"}));
}

}  // namespace
}  // namespace cut::trainer
