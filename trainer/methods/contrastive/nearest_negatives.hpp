// SPDX-License-Identifier: MIT
// False negatives made visible: which negatives of a query resemble it most.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace cut::trainer {

struct NearestNegatives {
  std::int64_t height = 0, width = 0;  // of the map
  std::int64_t query = 0;              // its position in the map
  at::Tensor negatives;                // positions, int64, the most similar first
};

// Of a query's row (1, C) and keys (M, C) at the positions `ids` (M) of a map: `count` keys, or all but the
// query's own.
at::Tensor nearestPositions(const at::Tensor& query, const at::Tensor& keys, const at::Tensor& ids,
                            std::int64_t own, std::int64_t count);

// The image (1, C, H, W) with a yellow frame round the query's place and red frames round the negatives',
// each as large as the part of the image that a position of the map stands for, and 7 pixels at least.
at::Tensor framed(const at::Tensor& image, const NearestNegatives& nearest);

}  // namespace cut::trainer
