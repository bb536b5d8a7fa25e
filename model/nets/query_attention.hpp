// SPDX-License-Identifier: MIT
// Query-selected attention (QS-Attn, Hu et al. 2022): which patches of the source are worth a contrast, and
// what they attend to.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "nets/training_enums.hpp"

namespace cut::nets {

// The side of the window of local attention (as the authors have it), in positions of a map.
inline constexpr std::int64_t attentionWindow = 7;

struct SelectedQueries {
  AttentionSpan span = AttentionSpan::global;
  at::Tensor ids;  // (N, patches), int64, into H * W, the lowest entropy first
  // Attention of each, rows that sum to 1: (N, patches, H * W), or of its window (N, patches, 49) where the
  // span is local.
  at::Tensor attention;
};

// Attention is the softmax of a position's dot products with all positions of the map (N, C, H, W), or with
// those of its window that lie in the map (A_g and A_l of Hu et al. 2022). Selected are the `patches`
// positions of the lowest entropy (their H_g and H_l), all where the map has fewer. Without gradient, a block
// of rows at a time.
SelectedQueries selectQueries(const at::Tensor& map, std::int64_t patches, AttentionSpan span);

// Features of a map of the same size, the source's or the translation's, summed by that attention (routed by
// A_QS): (N * patches, C).
at::Tensor attended(const at::Tensor& map, const SelectedQueries& queries);

}  // namespace cut::nets
