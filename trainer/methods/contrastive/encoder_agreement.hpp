// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nets/agreement_heads.hpp"
#include "trainer/methods/contrastive/contrastive_loss.hpp"

namespace cut::trainer {

struct CutOptions;

// EnCo (Cai et al. 2024): patches of the decoder's maps agree with those of the encoder's at the matching
// stage of the same pass. Nothing is encoded twice, and there are no negatives.
class EncoderAgreement final : public ContrastiveLoss {
 public:
  // The first half of nceLayers are the encoder's, the second the decoder's. Throws invalidArgument for an
  // odd number, or without a GAN loss, whose discriminator chooses the patches.
  EncoderAgreement(const CutOptions& options, std::shared_ptr<nets::AgreementHeads> heads);

  ContrastiveValue of(const FeaturePair& pair) override;
  torch::nn::Module& heads() noexcept override { return *heads_; }
  const std::vector<std::string>& headNames() const noexcept override { return heads_->tensorNames(); }
  const char* description() const noexcept override { return "projectors and predictors"; }
  bool encodesTranslation() const noexcept override { return false; }
  const char* column() const noexcept override { return "EnCo"; }

 private:
  std::shared_ptr<nets::AgreementHeads> heads_;
  double weight_;
  nets::GuidedSampling sampling_;
};

}  // namespace cut::trainer
