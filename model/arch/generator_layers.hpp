// The layers of each architecture, once: what expectedTensors, macs and the check of the constant filters go
// by.
#pragma once

#include <functional>
#include <string>

#include "cuttranslate/spec.hpp"

namespace cut {

enum class LayerKind {
  convolution,            // weight (outputs, inputs, kernel, kernel)
  transposedConvolution,  // weight (inputs, outputs, kernel, kernel)
  modulatedConvolution,   // weight (1, outputs, inputs, kernel, kernel); doubles the sides
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
  int divisor = 1;  // the side of the map that its kernel is applied to, as a fraction of the frame's
  bool bias = false;
};

using LayerVisitor = std::function<void(const Layer&)>;

// Each calls `visit` for every layer that has tensors, in the order of the reference's state_dict.
void forEachLayer(const GeneratorSpec& spec, const LayerVisitor& visit);  // of any valid spec
void forEachResnetLayer(const GeneratorSpec& spec, const LayerVisitor& visit);
void forEachUnetLayer(const GeneratorSpec& spec, const LayerVisitor& visit);
void forEachStyleGanLayer(const GeneratorSpec& spec, const LayerVisitor& visit);

// Channels of StyleGAN2's maps after `halvings` of the sides; powers of two up to 512 for small maps.
int styleGanChannels(const GeneratorSpec& spec, int halvings);
// Channels of a U-Net's map after `level` + 1 halvings.
int unetChannels(const GeneratorSpec& spec, int level);

}  // namespace cut
