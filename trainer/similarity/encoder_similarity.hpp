// SPDX-License-Identifier: MIT
// How similar an encoder finds places of pictures: the cosines in the logits of PatchNCE (Park et al. 2020,
// equation 3).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "trainer/methods/encoder_view.hpp"
#include "trainer/options/points.hpp"

namespace cut::trainer {

// Of one layer. Its cells lie evenly over the picture.
struct LayerSimilarity {
  std::int64_t layer = 0;
  bool throughHead = false;
  at::Tensor values;  // (points, height, width), float32 on the CPU, [-1, 1]
};

// The cell of a map of `size` cells that covers `part` of a side, in [0, 1).
std::int64_t cellAt(double part, std::int64_t size);

// The features of `query` at each point against those of `keys` at every cell, x / (|x| + 1e-7) as PatchNCE
// has them. Both are (1, C, H, W) in [-1, 1] of one size, whose sides are multiples of the generator's
// sizeMultiple(); points are parts of the sides. First all layers of the view, then all of them through their
// heads, where there are heads. What a layer pads is cut off. The memory is that of one pass of the encoder
// and of 65,536 features. Throws what Generator::encode and PatchSampler::sampleAt throw.
std::vector<LayerSimilarity> encoderSimilarity(const EncoderView& view, const at::Tensor& query,
                                               const at::Tensor& keys, std::span<const PicturePoint> points);

}  // namespace cut::trainer
