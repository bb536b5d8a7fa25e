// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "nets/training_enums.hpp"
#include "trainer/methods/contrastive/patch_contrast.hpp"

namespace cut::trainer {

// QS-Attn (Hu et al. 2022): in the last two layers PatchNCE's patches are those of the source whose attention
// has the lowest entropy, and both images' features are summed by that attention. Earlier layers sample at
// random.
class AttentionContrast final : public PatchContrast {
 public:
  AttentionContrast(const CutOptions& options, std::shared_ptr<nets::PatchSampler> sampler);

  // Its negatives are sums over the map, which are at no one place.
  std::optional<NearestNegatives> nearest(const FeaturePair&) override { return std::nullopt; }

 private:
  std::pair<nets::PatchSamples, nets::PatchSamples> sample(const FeaturePair& pair) override;

  nets::AttentionSpan span_;
};

}  // namespace cut::trainer
