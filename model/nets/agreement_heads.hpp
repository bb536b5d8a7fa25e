// SPDX-License-Identifier: MIT
// The heads of EnCo (Cai et al. 2024), in the place of PatchNCE's F, and its choice of patches.
#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace cut::nets {

// For each pair of stages a projector "mlp_0", ..., shared by encoder and decoder, and a predictor "prj_0",
// ... of the decoder's alone (Cai et al. 2024, figure 1; as in BYOL, Grill et al. 2020). Batch norms use the
// rows that they get: heads are never evaluated, and keep no running statistics.
class AgreementHeads : public torch::nn::Module {
 public:
  // channels: of the maps of each pair, the same for encoder and decoder. The predictor's width is half of
  // `width`.
  AgreementHeads(const std::vector<std::int64_t>& channels, std::int64_t width);

  // Rows (M, channels) through the projector of a stage, normalised: (M, width).
  at::Tensor project(std::size_t stage, const at::Tensor& rows) const;
  // The same, and through the predictor.
  at::Tensor predict(std::size_t stage, const at::Tensor& rows) const;

  const std::vector<std::string>& tensorNames() const noexcept { return names_; }

 private:
  class Perceptron;

  std::vector<std::shared_ptr<Perceptron>> projectors_, predictors_;
  std::vector<std::string> names_;
};

// 2 - 2 cos of each row (EnCo's content loss, Cai et al. 2024; BYOL, Grill et al. 2020, equation 2):
// predictions against projections, (M, C) each, normalised. No gradient reaches the projections.
at::Tensor agreementLoss(const at::Tensor& predictions, const at::Tensor& projections);

// Discriminative attention-guided patch sampling (DAG, Cai et al. 2024).
struct GuidedSampling {
  std::int64_t patches = 256;
  int oversampling = 4;      // candidates for each patch that is chosen
  double randomRatio = 0.5;  // of the patches, drawn without regard to the discriminator
};

// Positions of a map of height * width for each image: (N, patches), int64. Of random candidates those whose
// part of `prediction` (N, 1, h, w), brought to the map's size, is the lowest: where the discriminator is
// surest of a translation. The rest at random; a position may come twice.
at::Tensor guidedPatchIds(const at::Tensor& prediction, std::int64_t height, std::int64_t width,
                          const GuidedSampling& sampling, at::Generator& random);

}  // namespace cut::nets
