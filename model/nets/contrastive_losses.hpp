// SPDX-License-Identifier: MIT
// What others made of PatchNCE: losses of the same rows. Queries and keys are (batch * patches, C),
// normalised, row by row a pair, an image's after another's; no gradient reaches keys. A group is an image's
// rows, or all rows where negatives come from the whole batch.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "nets/losses.hpp"

namespace cut::nets {

// InfoNCE with negatives from a dictionary (He et al. 2020, equation 1; "external" in Park et al. 2020,
// equation 4). negatives: (M, C). own: (batch, M), true where a negative is of the query's own image and does
// not count. With `internal` the query's group gives negatives besides, as in patchNce(). Of each row; 0
// without a negative.
at::Tensor dictionaryNce(const at::Tensor& queries, const at::Tensor& keys, const at::Tensor& negatives,
                         const at::Tensor& own, bool internal, const PatchNceOptions& options);

// Weights by optimal transport (MoNCE, Zhan et al. 2022).
struct MonceOptions {
  MonceCost cost = MonceCost::hard;
  double epsilon = 1;   // of the entropy: the smaller, the sharper the weights
  double weight = 1;    // Q, of the negatives against the positive
  int iterations = 50;  // of Sinkhorn's algorithm
};

// Scales rows and columns of positive matrices (N, n, n) in turn until both sum to 1 (Sinkhorn and Knopp
// 1967; Cuturi 2013). Columns sum to 1 exactly, rows as nearly as the iterations bring them.
at::Tensor sinkhorn(const at::Tensor& kernel, int iterations);

// Transport plans w (groups, patches, patches) from queries to keys, without the diagonal. Differentiable, as
// in the authors' program.
at::Tensor monceWeights(const at::Tensor& queries, const at::Tensor& keys, const MonceOptions& monce,
                        const PatchNceOptions& options);

// MoNCE (Zhan et al. 2022) of each row: the negative j of query i counts Q (patches - 1) w_ij times.
at::Tensor monce(const at::Tensor& queries, const at::Tensor& keys, const MonceOptions& monce,
                 const PatchNceOptions& options);

// Semantic relation consistency (L_SRC of Jung et al. 2022): Jensen-Shannon divergences between the softmax
// of a source patch's similarities to all patches of its group and that of its translation, summed over the
// patches of a group. A scalar, the mean over the groups.
at::Tensor semanticRelation(const at::Tensor& queries, const at::Tensor& keys,
                            const PatchNceOptions& options);

// How hard the source's relations call a negative (q of Jung et al. 2022, a von Mises-Fisher distribution):
// exp(similarity / gamma) of two keys, the hardest of a row 1, the diagonal 0. (groups, patches, patches).
at::Tensor hardness(const at::Tensor& keys, double gamma, const PatchNceOptions& options);

// Decoupled contrast with hard negatives (L_hDCE of Jung et al. 2022; Yeh et al. 2022) of each row: the
// positive is not in the denominator. As in the authors' program, whose gamma this is, a weight multiplies
// the similarity; the equation multiplies its exponential. May be negative.
at::Tensor hardDecoupledNce(const at::Tensor& queries, const at::Tensor& keys, const at::Tensor& weights,
                            const PatchNceOptions& options);

}  // namespace cut::nets
