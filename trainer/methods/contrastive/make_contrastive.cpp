// SPDX-License-Identifier: MIT
#include "trainer/methods/contrastive/make_contrastive.hpp"

#include <utility>

#include "trainer/methods/contrastive/patch_contrast.hpp"

namespace cut::trainer {

std::unique_ptr<ContrastiveLoss> makeContrastive(const CutOptions& options,
                                                 std::shared_ptr<nets::PatchSampler> sampler) {
  return std::make_unique<PatchContrast>(options, std::move(sampler));
}

}  // namespace cut::trainer
