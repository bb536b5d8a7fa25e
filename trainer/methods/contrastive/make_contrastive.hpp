// SPDX-License-Identifier: MIT
// The contrastive term that a method's options ask for: the one place that knows which there are.
#pragma once

#include <memory>

#include "nets/generator.hpp"
#include "nets/patch_sampler.hpp"
#include "trainer/methods/contrastive/contrastive_loss.hpp"

namespace cut::trainer {

struct CutOptions;

// With PatchNCE's heads; EnCo has others, see EncoderAgreement.
std::unique_ptr<ContrastiveLoss> makeContrastive(const CutOptions& options,
                                                 std::shared_ptr<nets::Generator> generator,
                                                 std::shared_ptr<nets::PatchSampler> sampler);

}  // namespace cut::trainer
