// What one optimisation step of CUT or FastCUT depends on.
#pragma once

#include <cstdint>
#include <vector>

#include "nets/losses.hpp"

namespace cut::trainer {

// Defaults are CUT's (Park et al. 2020, section 4.1); names are the reference's options.
struct CutOptions {
  nets::GanMode ganMode = nets::GanMode::lsgan;
  double lambdaGan = 1;
  double lambdaGp = 10;  // of wgangp's gradient penalty; 0: none, as the reference
  double lambdaNce = 1;
  bool nceIdentity = true;        // nce_idt: PatchNCE between real B and G(real B)
  double lambdaIdentity = 0;      // L1 between real B and G(real B)
  double lambdaSelf = 0;          // L1 between real A and G(real A) (Shrivastava et al. 2017, equation 4)
  double lambdaColour = 0;        // L1 between the colours, without luma, of real A and G(real A)
  std::int64_t colourScaleD = 1;  // the discriminator sees colours as means of squares of that side; 0: none
  bool flipEquivariance = false;  // FastCUT: half of the steps translate the mirrored batch
  std::vector<std::int64_t> nceLayers{0, 4, 8, 12, 16};
  bool negativesOfBatch = false;  // nce_includes_all_negatives_from_minibatch
  std::int64_t patches = 256;     // num_patches
  double temperature = 0.07;      // nce_T
  bool referenceQuirks =
      false;              // gradients of nets/reference_gradients.hpp; images and weights are planes then
  bool autocast = false;  // convolutions in bfloat16; losses, heads and statistics stay in float32
  double learningRate = 2e-4;
  double beta1 = 0.5;
  double beta2 = 0.999;

  void validate() const;  // throws invalidArgument, naming the option and its range
};

}  // namespace cut::trainer
