// SPDX-License-Identifier: MIT
// The U-Net generator of pix2pix (Isola et al. 2017) under the reference's names.
#pragma once

#include "nets/generator.hpp"

namespace cut::nets {

// encode has no layers to take maps from.
class UnetGenerator final : public Generator {
 public:
  explicit UnetGenerator(const GeneratorSpec& spec);
};

}  // namespace cut::nets
