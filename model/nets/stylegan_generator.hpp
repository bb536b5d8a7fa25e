// SPDX-License-Identifier: MIT
// SinCUT's generators (Park et al. 2020, section 4.4): an encoder and a decoder of StyleGAN2's blocks, under
// the reference's names.
#pragma once

#include "nets/generator.hpp"

namespace cut::nets {

// Its output is not bounded: the last layer is a leaky ReLU.
class StyleGanGenerator final : public Generator {
 public:
  explicit StyleGanGenerator(const GeneratorSpec& spec);

  void setWinograd(bool wanted) override;
};

}  // namespace cut::nets
