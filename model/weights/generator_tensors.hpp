// The generator's layers, once: what expectedTensors, macs and the check of the constant filters go by.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "cut/spec.hpp"

namespace cut {

enum class LayerKind { convolution, transposedConvolution, norm, downFilter, upFilter };

struct Layer {
  LayerKind kind = LayerKind::convolution;
  std::string name;  // "model.12.conv_block.1"
  int inputs = 0;    // channels
  int outputs = 0;
  int kernel = 0;
  int divisor = 1;  // the side of the map that its kernel is applied to, as a fraction of the frame's
  bool bias = false;
};

// Calls `visit` for every layer that has tensors, in the order of the reference's state_dict.
void forEachLayer(const GeneratorSpec& spec, const std::function<void(const Layer&)>& visit);

// The filter that the reference puts into every channel of `filt`, row by row.
std::span<const float> filterTaps(LayerKind kind) noexcept;

}  // namespace cut
