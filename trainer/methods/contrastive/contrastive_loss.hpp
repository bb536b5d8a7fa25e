// SPDX-License-Identifier: MIT
// The term of CUT's objective that holds a translation to its source, as an object of its own: what it
// compares, its heads, and what it remembers from step to step.
#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <optional>
#include <string>
#include <vector>

#include "cuttranslate/tensor.hpp"
#include "nets/patch_sampler.hpp"
#include "trainer/methods/contrastive/nearest_negatives.hpp"
#include "trainer/methods/method.hpp"

namespace cut::trainer {

// A and G(A), or B and G(B).
enum class ContrastiveTerm { translation, identity };

// Images and their translation as the generator's feature maps at nce_layers, (N, C, H, W) each.
struct FeaturePair {
  ContrastiveTerm term = ContrastiveTerm::translation;
  at::Tensor images;               // what was translated, (N, C, H, W)
  std::vector<at::Tensor> source;  // its maps, without gradient
  std::vector<at::Tensor> target;  // maps of its translation, mirrored back where the batch was mirrored
  at::Tensor prediction;           // of the discriminator on the translation, (N, 1, h, w), without gradient
  const nets::PatchIds* ids = nullptr;  // positions given beforehand; null: drawn from `random`
  at::Generator random;                 // on the CPU
};

// Scalars, with their weights.
struct ContrastiveValue {
  at::Tensor contrast;
  at::Tensor relation;  // what is not halved with an identity term; undefined where there is none
};

class ContrastiveLoss {
 public:
  virtual ~ContrastiveLoss() = default;
  ContrastiveLoss(const ContrastiveLoss&) = delete;
  ContrastiveLoss& operator=(const ContrastiveLoss&) = delete;

  // Of one term. Gradients reach the target's maps and the heads.
  virtual ContrastiveValue of(const FeaturePair& pair) = 0;

  // The network F: trained beside G, saved as <epoch>_net_F.pth. May have no parameters.
  virtual torch::nn::Module& heads() noexcept = 0;
  virtual const std::vector<std::string>& headNames() const noexcept = 0;
  virtual const char* description() const noexcept = 0;  // of them, for --dry_run

  // False: the maps are those of the pass that translates, source in its encoder, target in its decoder, the
  // outermost pair first.
  virtual bool encodesTranslation() const noexcept { return true; }
  // Columns of losses.csv: "NCE", and "NCE_Y" of the identity term.
  virtual const char* column() const noexcept { return "NCE"; }
  virtual bool hasRelation() const noexcept { return false; }  // then column "SRC" too

  // Of one image: a query in the middle of the deepest layer, and those ten of its negatives that resemble it
  // most. Nothing where negatives are not patches of the image.
  virtual std::optional<NearestNegatives> nearest(const FeaturePair&) { return std::nullopt; }

  virtual void beginStep(const StepInput&) {}  // not called by tests that run steps with given draws
  virtual void endStep() {}                    // after the optimisers' steps, without a graph

  // What heads and optimisers do not hold: enough to resume bit for bit.
  virtual void appendState(StateDict&) const {}
  virtual void restore(const StateDict&) {}  // throws wrongFile for another shape

 protected:
  ContrastiveLoss() = default;
};

}  // namespace cut::trainer
