// SPDX-License-Identifier: MIT
// The losses of CUT: PatchNCE and GAN objectives.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string_view>

#include "nets/training_enums.hpp"

namespace cut::nets {

GanMode ganModeFromName(std::string_view name);  // throws invalidArgument

// The label of a prediction: hinge has a different loss for the generator.
enum class GanTarget { real, fake, realForGenerator };

// The mean loss of `prediction`. lsgan: Mao et al. 2017; vanilla: Goodfellow et al. 2014, on logits;
// nonsaturating: softplus; wgangp: Arjovsky et al. 2017; hinge: Lim and Ye 2017.
at::Tensor ganLoss(GanMode mode, const at::Tensor& prediction, GanTarget target);

struct PatchNceOptions {
  std::int64_t batch = 1;         // images in the batch
  double temperature = 0.07;      // tau
  bool negativesOfBatch = false;  // negatives from all images of the batch, not only from the same image
};

// PatchNCE (Park et al. 2020, equation 3) of each row: queries and keys (batch * patches, C), row by row a
// pair. The logit of a patch with itself as a negative is -10 before the division by tau. No gradient reaches
// the keys.
at::Tensor patchNce(const at::Tensor& queries, const at::Tensor& keys, const PatchNceOptions& options);

}  // namespace cut::nets
