// SPDX-License-Identifier: MIT
#include "nets/contrastive_losses.hpp"

#include <ATen/ATen.h>

#include <cmath>
#include <limits>
#include <vector>

namespace cut::nets {
namespace {

// Where PatchNCE puts the similarity of a patch with itself, before the division by the temperature.
constexpr double selfSimilarity = -10;

// The rows of each group: (groups, patches, C).
at::Tensor grouped(const at::Tensor& rows, const PatchNceOptions& options) {
  return rows.reshape({options.negativesOfBatch ? 1 : options.batch, -1, rows.size(1)});
}

at::Tensor diagonalOf(const at::Tensor& square) {
  return at::eye(square.size(-1), square.options().dtype(at::kBool)).unsqueeze(0);
}

// Similarities within groups (groups, patches, patches).
at::Tensor similarities(const at::Tensor& a, const at::Tensor& b, const PatchNceOptions& options) {
  return at::bmm(grouped(a, options), grouped(b, options).transpose(1, 2));
}

at::Tensor positives(const at::Tensor& queries, const at::Tensor& keys) {
  return (queries * keys).sum(1, /*keepdim=*/true);
}

// Of similarities (groups, patches, patches) as rows, without those of a patch with itself.
at::Tensor negativeRows(const at::Tensor& square) {
  return square.masked_fill(diagonalOf(square), selfSimilarity).reshape({-1, square.size(2)});
}

// Cross entropy with the first column.
at::Tensor firstColumnEntropy(const std::vector<at::Tensor>& columns, double temperature) {
  return -at::log_softmax(at::cat(columns, 1) / temperature, 1).select(1, 0);
}

}  // namespace

at::Tensor dictionaryNce(const at::Tensor& queries, const at::Tensor& keys, const at::Tensor& negatives,
                         const at::Tensor& own, bool internal, const PatchNceOptions& options) {
  const at::Tensor fixed = keys.detach();
  std::vector<at::Tensor> columns{positives(queries, fixed)};
  if (internal) columns.push_back(negativeRows(similarities(queries, fixed, options)));
  const std::int64_t patches = queries.size(0) / options.batch;
  columns.push_back(
      at::mm(queries, negatives.detach().t())
          .masked_fill(own.repeat_interleave(patches, 0), -std::numeric_limits<double>::infinity()));
  return firstColumnEntropy(columns, options.temperature);
}

at::Tensor sinkhorn(const at::Tensor& kernel, int iterations) {
  at::Tensor rows = at::ones({kernel.size(0), kernel.size(1), 1}, kernel.options());
  at::Tensor columns = at::ones({kernel.size(0), 1, kernel.size(2)}, kernel.options());
  for (int i = 0; i < iterations; ++i) {
    rows = at::bmm(kernel, columns.transpose(1, 2)).reciprocal();
    columns = at::bmm(rows.transpose(1, 2), kernel).reciprocal();
  }
  return rows * kernel * columns;
}

at::Tensor monceWeights(const at::Tensor& queries, const at::Tensor& keys, const MonceOptions& monce,
                        const PatchNceOptions& options) {
  const at::Tensor similarity = similarities(queries, keys.detach(), options);
  const at::Tensor gain = monce.cost == MonceCost::hard ? similarity : 1 - similarity;
  const at::Tensor ofNegatives = gain.masked_fill(diagonalOf(gain), -std::numeric_limits<double>::infinity());
  // Sinkhorn's scaling cancels a factor of a row; without its largest, exp() overflows for a small epsilon.
  const at::Tensor kernel = ((ofNegatives - ofNegatives.amax(2, /*keepdim=*/true)) / monce.epsilon).exp();
  return sinkhorn(kernel, monce.iterations);
}

at::Tensor monce(const at::Tensor& queries, const at::Tensor& keys, const MonceOptions& monce,
                 const PatchNceOptions& options) {
  const at::Tensor fixed = keys.detach();
  const at::Tensor similarity = similarities(queries, fixed, options);
  const std::int64_t patches = similarity.size(1);
  if (patches < 2) return patchNce(queries, keys, options);  // there is no negative to weigh
  const at::Tensor times =
      monceWeights(queries, keys, monce, options) * (static_cast<double>(patches - 1) * monce.weight);
  // exp(s / T) times w is exp((s + T log w) / T). The summand keeps the logarithm finite.
  const at::Tensor weighed = similarity + (times + 1e-8).log() * options.temperature;
  return firstColumnEntropy({positives(queries, fixed), negativeRows(weighed)}, options.temperature);
}

at::Tensor semanticRelation(const at::Tensor& queries, const at::Tensor& keys,
                            const PatchNceOptions& options) {
  const at::Tensor fixed = keys.detach();
  const at::Tensor p = at::log_softmax(similarities(fixed, fixed, options), 2);
  const at::Tensor q = at::log_softmax(similarities(queries, queries, options), 2);
  const at::Tensor mean = at::logaddexp(p, q) - std::log(2.0);
  const at::Tensor divergence = 0.5 * (p.exp() * (p - mean) + q.exp() * (q - mean));
  return divergence.sum({1, 2}).mean();
}

at::Tensor hardness(const at::Tensor& keys, double gamma, const PatchNceOptions& options) {
  const at::Tensor fixed = keys.detach();
  const at::Tensor similarity = similarities(fixed, fixed, options);
  const at::Tensor relations =
      similarity.masked_fill(diagonalOf(similarity), -std::numeric_limits<double>::infinity());
  // The softmax's denominator cancels against the division by the largest.
  return ((relations - relations.amax(2, /*keepdim=*/true)) / gamma)
      .exp()
      .masked_fill(diagonalOf(similarity), 0);
}

at::Tensor hardDecoupledNce(const at::Tensor& queries, const at::Tensor& keys, const at::Tensor& weights,
                            const PatchNceOptions& options) {
  const at::Tensor fixed = keys.detach();
  const at::Tensor negatives = negativeRows(similarities(queries, fixed, options) * weights);
  return at::logsumexp((negatives - positives(queries, fixed)) / options.temperature, {1});
}

}  // namespace cut::nets
