// The constant filters that the reference keeps among its tensors.
#pragma once

#include <span>
#include <string>

#include "arch/generator_layers.hpp"

namespace cut {

// What the reference puts into every channel of a filter, row by row; empty for a layer that is none.
std::span<const float> filterTaps(LayerKind kind) noexcept;

// Its tensor's name.
std::string filterName(const Layer& layer);

}  // namespace cut
