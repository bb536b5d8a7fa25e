// SPDX-License-Identifier: MIT
// The layers of every generator, in one place: tensor names, multiply-accumulates and the check of the
// constant filters all follow from them.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "cuttranslate/spec.hpp"

namespace cut {

enum class LayerKind {
  convolution,            // weight (outputs, inputs, kernel, kernel)
  transposedConvolution,  // weight (inputs, outputs, kernel, kernel)
  modulatedConvolution,   // weight (1, outputs, inputs, kernel, kernel); doubles height and width
  norm,                   // weight, running_mean, running_var, num_batches_tracked
  activation,             // StyleGAN2's: a bias (1, outputs, 1, 1)
  noise,                  // weight (1)
  downFilter,             // filt (outputs, 1, 3, 3)
  upFilter,               // filt (outputs, 1, 4, 4)
  styleDownFilter,        // kernel (4, 4)
  styleUpFilter,          // kernel (4, 4)
};

struct Layer {
  LayerKind kind = LayerKind::convolution;
  std::string name;  // "model.12.conv_block.1"
  int inputs = 0;    // channels
  int outputs = 0;
  int kernel = 0;
  int divisor = 1;  // the kernel is applied to maps of the frame's width and height divided by this
  bool bias = false;
};

using LayerVisitor = std::function<void(const Layer&)>;

// Calls `visit` for every layer that has tensors, in the order of the reference's state_dict. Throws
// invalidArgument where the spec is not valid.
void forEachLayer(const GeneratorSpec& spec, const LayerVisitor& visit);

// Channels of StyleGAN2's maps after `halvings` down-samplings; at most 512 where a map is up to 32 wide.
int styleGanChannels(const GeneratorSpec& spec, int halvings);
// Channels of a U-Net's map after `level` + 1 down-samplings.
int unetChannels(const GeneratorSpec& spec, int level);

// The constant filter that the reference keeps in every channel, row by row; empty for a layer without one.
std::span<const float> filterTaps(LayerKind kind) noexcept;

// The name of that filter's tensor.
std::string filterName(const Layer& layer);

}  // namespace cut
