// SPDX-License-Identifier: MIT
// PatchNCE against other images: a dictionary of their patches, or the images of a batch as a whole.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "nets/generator.hpp"
#include "trainer/methods/contrastive/key_dictionary.hpp"
#include "trainer/methods/contrastive/patch_contrast.hpp"

namespace cut::trainer {

// External negatives (Park et al. 2020, equation 4): patches of earlier images of the query's domain, from a
// dictionary for each layer that G's encoder and the heads fill with their averaged weights (He et al. 2020).
// Those of the query's own image, of whatever epoch, do not count.
class DictionaryContrast final : public PatchContrast {
 public:
  DictionaryContrast(const CutOptions& options, std::shared_ptr<nets::Generator> generator,
                     std::shared_ptr<nets::PatchSampler> sampler);

  std::optional<NearestNegatives> nearest(const FeaturePair& pair) override {
    return internal_ ? PatchContrast::nearest(pair) : std::nullopt;
  }
  void beginStep(const StepInput& input) override;
  void endStep() override;
  void appendState(StateDict& state) const override;
  void restore(const StateDict& state) override;

 private:
  // A domain's dictionary, and what this step will add to it.
  struct Domain {
    KeyDictionary dictionary;
    std::vector<std::int64_t> imageIds;  // of this step; empty: unknown
    at::Tensor images;                   // undefined where the step had none
    nets::PatchIds positions;
  };

  at::Tensor layerLoss(const FeaturePair& pair, const LayerRows& rows) override;
  std::pair<nets::PatchSamples, nets::PatchSamples> sample(const FeaturePair& pair) override;
  Domain& domainOf(ContrastiveTerm term) { return domains_[term == ContrastiveTerm::translation ? 0 : 1]; }
  static at::Tensor imageIdsOf(const Domain& domain);  // (N), int64; -1: unknown
  void learn(Domain& domain);

  std::shared_ptr<nets::Generator> generator_;
  std::vector<std::int64_t> layers_;
  bool autocasts_, internal_;
  MomentumWeights weights_;
  std::array<Domain, 2> domains_;  // A, B
};

// Whole images against each other (as SimCLR, Chen et al. 2020): a layer's map averaged over its positions,
// through its head; the positive is the translation's source, the negatives are the other sources of the
// batch.
class ImageContrast final : public PatchContrast {
 public:
  using PatchContrast::PatchContrast;

  std::optional<NearestNegatives> nearest(const FeaturePair&) override { return std::nullopt; }

 private:
  at::Tensor layerLoss(const FeaturePair& pair, const LayerRows& rows) override;
  std::pair<nets::PatchSamples, nets::PatchSamples> sample(const FeaturePair& pair) override;
};

}  // namespace cut::trainer
