// SPDX-License-Identifier: MIT
// Differentiable augmentation of what a discriminator sees, real and translated alike: it cannot learn few
// photographs by heart, and its gradient reaches the generator (DiffAugment, Zhao et al. 2020).
#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <cstdint>

#include "trainer/options/augmentation.hpp"

namespace cut::trainer {

// The images (N, C, H, W), changed by `policy` in its order, each image by numbers of its own, drawn on the
// CPU: the same shape, differentiable twice. Images in [-1, 1] may leave that range. An empty policy gives
// the images back and draws nothing.
at::Tensor diffAugment(const at::Tensor& images, const AugmentationPolicy& policy, at::Generator& random);

// Its parts, with an image's numbers given. Each is (N), on the CPU.

// Numbers of the paper's program: brightness [-0.5, 0.5), saturation [0, 2), contrast [0.5, 1.5).
struct ColourDraws {
  at::Tensor brightness;  // added
  at::Tensor saturation;  // scales the distance from the pixel's mean over the channels; 1 is as it was
  at::Tensor contrast;    // scales the distance from the image's mean; 1 is as it was
};
at::Tensor withColour(const at::Tensor& images, const ColourDraws& draws);

// In pixels, of type long: downwards and to the right, within a side / 8, rounded. What comes in is 0.
struct Shifts {
  at::Tensor down, right;
};
at::Tensor translated(const at::Tensor& images, const Shifts& shifts);

// Of type long: the pixel right of and below the middle of a rectangle of half of each side, rounded up, of
// which the image holds a part. The rectangle is 0.
struct CutoutCentres {
  at::Tensor row, column;
};
at::Tensor withCutout(const at::Tensor& images, const CutoutCentres& centres);

}  // namespace cut::trainer
