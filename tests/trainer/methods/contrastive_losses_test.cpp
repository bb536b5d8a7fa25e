// SPDX-License-Identifier: MIT
// Each contrastive loss against its definition, written in loops: values, and gradients by central
// differences of the definition.
#include "nets/contrastive_losses.hpp"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <vector>

#include "nets/agreement_heads.hpp"
#include "nets/patch_sampler.hpp"
#include "nets/query_attention.hpp"

namespace cut::nets {
namespace {

using Row = std::vector<double>;
using Matrix = std::vector<Row>;

constexpr std::int64_t batch = 2, patches = 4, channels = 3;
constexpr double temperature = 0.5;

at::Tensor randomRows(std::int64_t rows, std::uint64_t seed) {
  at::Generator random = at::make_generator<at::CPUGeneratorImpl>(seed);
  return l2Normalised(at::randn({rows, channels}, random, at::TensorOptions(at::kDouble)));
}

Matrix matrixOf(const at::Tensor& tensor) {
  Matrix rows;
  for (std::int64_t i = 0; i < tensor.size(0); ++i) {
    const at::Tensor row = tensor[i].detach().contiguous();
    rows.emplace_back(row.const_data_ptr<double>(), row.const_data_ptr<double>() + row.numel());
  }
  return rows;
}

double dot(const Row& a, const Row& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

// Calls f with the first row and the number of rows of each group.
template <typename F>
void forGroups(std::size_t rows, bool wholeBatch, const F& f) {
  const std::size_t count = wholeBatch ? rows : rows / batch;
  for (std::size_t first = 0; first < rows; first += count) f(first, count);
}

// Ours is a scalar of queries (rows, channels); so is the definition.
void expectSame(const std::function<at::Tensor(const at::Tensor&)>& ours,
                const std::function<double(const Matrix&)>& definition, const at::Tensor& queries) {
  const at::Tensor leaf = queries.detach().clone().requires_grad_();
  const at::Tensor value = ours(leaf);
  const Matrix at = matrixOf(leaf);
  EXPECT_NEAR(value.item<double>(), definition(at), 1e-10);
  value.backward();
  const Matrix gradient = matrixOf(leaf.grad());
  constexpr double h = 1e-5;
  for (std::size_t i = 0; i < at.size(); ++i)
    for (std::size_t c = 0; c < at[i].size(); ++c) {
      Matrix plus = at, minus = at;
      plus[i][c] += h;
      minus[i][c] -= h;
      EXPECT_NEAR(gradient[i][c], (definition(plus) - definition(minus)) / (2 * h), 1e-7) << i << ", " << c;
    }
}

PatchNceOptions options(bool wholeBatch = false) {
  return {.batch = batch, .temperature = temperature, .negativesOfBatch = wholeBatch};
}

class OfAGroup : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(ImageOrBatch, OfAGroup, testing::Bool());

TEST_P(OfAGroup, DictionaryNceIsInfoNceWithoutTheQuerysOwnImage) {
  const at::Tensor queries = randomRows(batch * patches, 1), keys = randomRows(batch * patches, 2);
  const at::Tensor negatives = randomRows(5, 3);
  const at::Tensor own = at::tensor({1, 0, 0, 1, 0, 0, 0, 0, 0, 1}, at::kLong).reshape({2, 5}).to(at::kBool);
  const Matrix k = matrixOf(keys), n = matrixOf(negatives);
  for (const bool internal : {false, true}) {
    const auto definition = [&](const Matrix& q) {
      double sum = 0;
      forGroups(q.size(), GetParam(), [&](std::size_t first, std::size_t count) {
        for (std::size_t i = first; i < first + count; ++i) {
          const double positive = std::exp(dot(q[i], k[i]) / temperature);
          double all = positive;
          for (std::size_t j = 0; j < n.size(); ++j)
            if (!own[static_cast<std::int64_t>(i) / patches][static_cast<std::int64_t>(j)].item<bool>())
              all += std::exp(dot(q[i], n[j]) / temperature);
          for (std::size_t j = first; internal && j < first + count; ++j)
            all += std::exp((i == j ? -10 : dot(q[i], k[j])) / temperature);
          sum -= std::log(positive / all);
        }
      });
      return sum / static_cast<double>(q.size());
    };
    expectSame(
        [&](const at::Tensor& q) {
          return dictionaryNce(q, keys, negatives, own, internal, options(GetParam())).mean();
        },
        definition, queries);
  }
}

TEST(DictionaryNce, IsZeroWithoutANegative) {
  const at::Tensor queries = randomRows(2, 1), keys = randomRows(2, 2),
                   none = at::zeros({0, channels}, at::kDouble);
  EXPECT_EQ(
      dictionaryNce(queries, keys, none, at::zeros({2, 0}, at::kBool), false, options()).sum().item<double>(),
      0);
  const at::Tensor own = at::ones({2, 2}, at::kBool);
  EXPECT_EQ(dictionaryNce(queries, keys, keys, own, false, options()).sum().item<double>(), 0);
}

// Sinkhorn's algorithm on one group's similarities, as Zhan et al. have it.
Matrix transportPlan(const Matrix& similarity, bool hard, double epsilon, int iterations) {
  const std::size_t n = similarity.size();
  Matrix kernel(n, Row(n, 0));
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j)
      if (i != j) kernel[i][j] = std::exp((hard ? similarity[i][j] : 1 - similarity[i][j]) / epsilon);
  Row u(n, 1), v(n, 1);
  for (int t = 0; t < iterations; ++t) {
    for (std::size_t i = 0; i < n; ++i) u[i] = 1 / dot(kernel[i], v);
    for (std::size_t j = 0; j < n; ++j) {
      double sum = 0;
      for (std::size_t i = 0; i < n; ++i) sum += u[i] * kernel[i][j];
      v[j] = 1 / sum;
    }
  }
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) kernel[i][j] *= u[i] * v[j];
  return kernel;
}

TEST_P(OfAGroup, MonceWeighsNegativesByATransportPlan) {
  const at::Tensor queries = randomRows(batch * patches, 4), keys = randomRows(batch * patches, 5);
  const Matrix k = matrixOf(keys);
  for (const MonceCost cost : {MonceCost::hard, MonceCost::easy}) {
    const MonceOptions monceOptions{.cost = cost, .epsilon = 0.7, .weight = 1.5, .iterations = 20};
    const auto definition = [&](const Matrix& q) {
      double sum = 0;
      forGroups(q.size(), GetParam(), [&](std::size_t first, std::size_t count) {
        Matrix similarity(count, Row(count));
        for (std::size_t i = 0; i < count; ++i)
          for (std::size_t j = 0; j < count; ++j) similarity[i][j] = dot(q[first + i], k[first + j]);
        const Matrix w = transportPlan(similarity, cost == MonceCost::hard, 0.7, 20);
        for (std::size_t i = 0; i < count; ++i) {
          const double positive = std::exp(similarity[i][i] / temperature);
          double all = positive + std::exp(-10 / temperature);
          for (std::size_t j = 0; j < count; ++j)
            if (i != j)
              all += (1.5 * static_cast<double>(count - 1) * w[i][j] + 1e-8) *
                     std::exp(similarity[i][j] / temperature);
          sum -= std::log(positive / all);
        }
      });
      return sum / static_cast<double>(q.size());
    };
    expectSame([&](const at::Tensor& q) { return monce(q, keys, monceOptions, options(GetParam())).mean(); },
               definition, queries);
  }
}

TEST(Monce, PlanHasMarginalsOfOneAndNothingOnItsDiagonal) {
  const at::Tensor queries = randomRows(batch * patches, 6), keys = randomRows(batch * patches, 7);
  for (const MonceCost cost : {MonceCost::hard, MonceCost::easy}) {
    const at::Tensor plan = monceWeights(queries, keys, {.cost = cost}, options());
    ASSERT_EQ(plan.sizes(), (std::vector<std::int64_t>{batch, patches, patches}));
    EXPECT_LT((plan.sum(1) - 1).abs().max().item<double>(), 1e-12) << "columns";
    EXPECT_LT((plan.sum(2) - 1).abs().max().item<double>(), 1e-6) << "rows, after 50 iterations";
    EXPECT_EQ(plan.diagonal(0, 1, 2).abs().max().item<double>(), 0);
    EXPECT_GE(plan.min().item<double>(), 0);
  }
  const at::Tensor one = randomRows(2, 8);
  EXPECT_TRUE(monce(one, one, {}, options()).isfinite().all().item<bool>()) << "a patch without negatives";
}

TEST_P(OfAGroup, SemanticRelationIsTheDivergenceOfSimilarities) {
  const at::Tensor queries = randomRows(batch * patches, 9), keys = randomRows(batch * patches, 10);
  const Matrix k = matrixOf(keys);
  const auto distribution = [](const Matrix& rows, std::size_t i, std::size_t first, std::size_t count) {
    Row p(count);
    for (std::size_t j = 0; j < count; ++j) p[j] = std::exp(dot(rows[i], rows[first + j]));
    const double sum = std::accumulate(p.begin(), p.end(), 0.0);
    for (double& value : p) value /= sum;
    return p;
  };
  const auto definition = [&](const Matrix& q) {
    double sum = 0;
    forGroups(q.size(), GetParam(), [&](std::size_t first, std::size_t count) {
      for (std::size_t i = first; i < first + count; ++i) {
        const Row a = distribution(k, i, first, count), b = distribution(q, i, first, count);
        for (std::size_t j = 0; j < count; ++j) {
          const double mean = (a[j] + b[j]) / 2;
          sum += (a[j] * std::log(a[j] / mean) + b[j] * std::log(b[j] / mean)) / 2;
        }
      }
    });
    return GetParam() ? sum : sum / batch;  // one group, or one for each image
  };
  expectSame([&](const at::Tensor& q) { return semanticRelation(q, keys, options(GetParam())); }, definition,
             queries);
  EXPECT_NEAR(semanticRelation(keys, keys, options(GetParam())).item<double>(), 0, 1e-12);
}

TEST_P(OfAGroup, HardDecoupledNceWeighsSimilaritiesByTheSourcesRelations) {
  const at::Tensor queries = randomRows(batch * patches, 11), keys = randomRows(batch * patches, 12);
  const Matrix k = matrixOf(keys);
  constexpr double gamma = 2;
  const auto definition = [&](const Matrix& q) {
    double sum = 0;
    forGroups(q.size(), GetParam(), [&](std::size_t first, std::size_t count) {
      for (std::size_t i = first; i < first + count; ++i) {
        double hardest = 0, negatives = std::exp(-10 / temperature);
        for (std::size_t j = first; j < first + count; ++j)
          if (i != j) hardest = std::max(hardest, std::exp(dot(k[i], k[j]) / gamma));
        for (std::size_t j = first; j < first + count; ++j)
          if (i != j)
            negatives +=
                std::exp(dot(q[i], k[j]) * std::exp(dot(k[i], k[j]) / gamma) / hardest / temperature);
        sum += std::log(negatives) - dot(q[i], k[i]) / temperature;
      }
    });
    return sum / static_cast<double>(q.size());
  };
  expectSame(
      [&](const at::Tensor& q) {
        const PatchNceOptions nce = options(GetParam());
        return hardDecoupledNce(q, keys, hardness(keys, gamma, nce), nce).mean();
      },
      definition, queries);
}

TEST(Losses, GiveKeysAndNegativesNoGradient) {
  const at::Tensor queries = randomRows(batch * patches, 13).requires_grad_();
  const at::Tensor keys = randomRows(batch * patches, 14).requires_grad_();
  const at::Tensor negatives = randomRows(3, 15).requires_grad_();
  const PatchNceOptions nce = options();
  const at::Tensor own = at::zeros({batch, 3}, at::kBool);
  (dictionaryNce(queries, keys, negatives, own, true, nce).sum() + monce(queries, keys, {}, nce).sum() +
   semanticRelation(queries, keys, nce) + hardDecoupledNce(queries, keys, hardness(keys, 3, nce), nce).sum() +
   agreementLoss(queries, keys).sum())
      .backward();
  EXPECT_FALSE(keys.grad().defined());
  EXPECT_FALSE(negatives.grad().defined());
  EXPECT_GT(queries.grad().abs().sum().item<double>(), 0);
}

// Attention of every position by its definition: over the map, or over the part of its window that lies in
// it.
Matrix attentionOf(const at::Tensor& map, bool local) {
  const std::int64_t height = map.size(1), width = map.size(2);
  const Matrix features = matrixOf(map.flatten(1).t());
  Matrix attention(features.size(), Row(features.size(), 0));
  for (std::size_t i = 0; i < features.size(); ++i) {
    double sum = 0;
    for (std::size_t j = 0; j < features.size(); ++j) {
      const auto a = static_cast<std::int64_t>(i), b = static_cast<std::int64_t>(j);
      const bool near = std::abs(a / width - b / width) <= 3 && std::abs(a % width - b % width) <= 3;
      if (!local || near) attention[i][j] = std::exp(dot(features[i], features[j]));
      sum += attention[i][j];
    }
    for (double& value : attention[i]) value /= sum;
  }
  EXPECT_EQ(features.size(), static_cast<std::size_t>(height * width));
  return attention;
}

double entropyOf(const Row& distribution) {
  double sum = 0;
  for (const double p : distribution)
    if (p > 0) sum -= p * std::log(p);
  return sum;
}

class QueryAttention : public testing::TestWithParam<AttentionSpan> {};
INSTANTIATE_TEST_SUITE_P(Spans, QueryAttention,
                         testing::Values(AttentionSpan::global, AttentionSpan::local,
                                         AttentionSpan::localGlobal));

TEST_P(QueryAttention, SelectsTheLowestEntropiesAndRoutesByTheirRows) {
  at::Generator random = at::make_generator<at::CPUGeneratorImpl>(16);
  const at::TensorOptions type(at::kDouble);
  const at::Tensor source = at::randn({batch, channels, 9, 11}, random, type);
  const at::Tensor target = at::randn({batch, channels, 9, 11}, random, type).requires_grad_();
  const SelectedQueries selected = selectQueries(source, 6, GetParam());
  ASSERT_EQ(selected.ids.sizes(), (std::vector<std::int64_t>{batch, 6}));
  const at::Tensor rows = attended(target, selected);
  ASSERT_EQ(rows.sizes(), (std::vector<std::int64_t>{batch * 6, channels}));
  for (std::int64_t n = 0; n < batch; ++n) {
    const Matrix choosing = attentionOf(source[n], GetParam() != AttentionSpan::global);
    const Matrix routing = attentionOf(source[n], GetParam() == AttentionSpan::local);
    const Matrix values = matrixOf(target[n].flatten(1).t());
    std::vector<std::size_t> order(choosing.size());
    std::iota(order.begin(), order.end(), 0U);
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return entropyOf(choosing[a]) < entropyOf(choosing[b]);
    });
    for (std::int64_t p = 0; p < 6; ++p) {
      const std::size_t id = order[static_cast<std::size_t>(p)];
      ASSERT_EQ(selected.ids[n][p].item<std::int64_t>(), static_cast<std::int64_t>(id));
      for (std::int64_t c = 0; c < channels; ++c) {
        double expected = 0;
        for (std::size_t j = 0; j < values.size(); ++j)
          expected += routing[id][j] * values[j][static_cast<std::size_t>(c)];
        EXPECT_NEAR(rows[n * 6 + p][c].item<double>(), expected, 1e-12);
      }
    }
  }
  // Routing is linear in the map: the gradient of a row's sum are the attentions, which sum to 1.
  rows.sum().backward();
  EXPECT_NEAR(target.grad().sum().item<double>(), batch * 6 * channels, 1e-9);
}

TEST_P(QueryAttention, TakesAllPositionsOfAMapSmallerThanItsWindow) {
  const SelectedQueries selected = selectQueries(at::rand({1, channels, 2, 3}, at::kDouble), 256, GetParam());
  EXPECT_EQ(selected.ids.sizes(), (std::vector<std::int64_t>{1, 6}));
  EXPECT_LT((selected.attention.sum(2) - 1).abs().max().item<double>(), 1e-12);
}

// Columns brought to mean 0 and variance 1, then scaled.
Matrix batchNormOf(Matrix rows, const Row& weight, const Row& bias) {
  for (std::size_t c = 0; c < rows[0].size(); ++c) {
    double mean = 0, variance = 0;
    for (const Row& row : rows) mean += row[c] / static_cast<double>(rows.size());
    for (const Row& row : rows)
      variance += (row[c] - mean) * (row[c] - mean) / static_cast<double>(rows.size());
    for (Row& row : rows)
      row[c] = (row[c] - mean) / std::sqrt(variance + 1e-5) * (weight.empty() ? 1 : weight[c]) +
               (bias.empty() ? 0 : bias[c]);
  }
  return rows;
}

// Linear, batch norm, ReLU, linear, from the parameters under `name`.
Matrix perceptron(const AgreementHeads& heads, const std::string& name, const Matrix& rows) {
  const auto parameters = heads.named_parameters();
  const auto linear = [&](const Matrix& x, const std::string& layer) {
    const Matrix weight = matrixOf(parameters[name + layer + ".weight"]);
    const at::Tensor* bias = parameters.find(name + layer + ".bias");
    Matrix y(x.size(), Row(weight.size()));
    for (std::size_t i = 0; i < x.size(); ++i)
      for (std::size_t c = 0; c < weight.size(); ++c)
        y[i][c] = dot(x[i], weight[c]) + (bias ? (*bias)[static_cast<std::int64_t>(c)].item<double>() : 0);
    return y;
  };
  const auto vector = [&](const char* key) { return matrixOf(parameters[name + key].unsqueeze(0))[0]; };
  Matrix hidden = batchNormOf(linear(rows, ".0"), vector(".1.weight"), vector(".1.bias"));
  for (Row& row : hidden)
    for (double& value : row) value = std::max(0.0, value);
  return linear(hidden, ".3");
}

TEST(Agreement, IsTheDistanceOfPredictionsToProjections) {
  at::Generator random = at::make_generator<at::CPUGeneratorImpl>(17);
  const at::TensorOptions type(at::kDouble);
  AgreementHeads heads({channels}, 6);
  heads.to(at::kDouble);
  EXPECT_EQ(heads.tensorNames().size(), 9U);
  {
    const at::NoGradGuard noGrad;
    for (auto& parameter : heads.parameters()) parameter.copy_(at::randn(parameter.sizes(), random, type));
  }
  const at::Tensor decoder = at::randn({7, channels}, random, type);
  const at::Tensor encoder = at::randn({7, channels}, random, type);
  const Matrix projections = batchNormOf(perceptron(heads, "mlp_0", matrixOf(encoder)), {}, {});
  const auto definition = [&](const Matrix& rows) {
    const Matrix predictions =
        perceptron(heads, "prj_0", batchNormOf(perceptron(heads, "mlp_0", rows), {}, {}));
    double sum = 0;
    for (std::size_t i = 0; i < rows.size(); ++i)
      sum += 2 - 2 * dot(predictions[i], projections[i]) /
                     (std::sqrt(dot(predictions[i], predictions[i])) + 1e-7) /
                     (std::sqrt(dot(projections[i], projections[i])) + 1e-7);
    return sum / static_cast<double>(rows.size());
  };
  expectSame(
      [&](const at::Tensor& rows) {
        return agreementLoss(heads.predict(0, rows), heads.project(0, encoder)).mean();
      },
      definition, decoder);
}

TEST(GuidedPatchIds, AreWhereTheDiscriminatorIsSurestOfATranslation) {
  at::Generator random = at::make_generator<at::CPUGeneratorImpl>(18);
  const at::Tensor prediction = at::rand({2, 1, 8, 8}, random, at::TensorOptions(at::kDouble));
  // All positions are candidates, and none is drawn without regard: the 16 lowest, in their order.
  const at::Tensor ids =
      guidedPatchIds(prediction, 8, 8, {.patches = 16, .oversampling = 4, .randomRatio = 0}, random);
  ASSERT_EQ(ids.sizes(), (std::vector<std::int64_t>{2, 16}));
  for (std::int64_t n = 0; n < 2; ++n)
    EXPECT_TRUE(at::equal(ids[n], std::get<1>(at::sort(prediction[n].flatten())).slice(0, 0, 16)));
  const at::Tensor half =
      guidedPatchIds(prediction, 8, 8, {.patches = 16, .oversampling = 4, .randomRatio = 0.5}, random);
  EXPECT_TRUE(at::equal(half.slice(1, 0, 8), ids.slice(1, 0, 8)));
  const at::Tensor few = guidedPatchIds(prediction, 3, 4, {}, random);
  EXPECT_EQ(few.sizes(), (std::vector<std::int64_t>{2, 12})) << "as many as the map has positions";
  EXPECT_GE(few.min().item<std::int64_t>(), 0);
  EXPECT_LT(few.max().item<std::int64_t>(), 12);
}

}  // namespace
}  // namespace cut::nets
