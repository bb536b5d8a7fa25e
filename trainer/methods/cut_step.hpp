// One optimisation step of CUT (Park et al. 2020, equation 5) in the reference's order: D, then G with the
// heads.
#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>
#include <torch/optim/adam.h>

#include <memory>
#include <optional>
#include <vector>

#include "nets/discriminator.hpp"
#include "nets/losses.hpp"
#include "nets/patch_sampler.hpp"
#include "nets/resnet_generator.hpp"
#include "trainer/methods/cut_options.hpp"

namespace cut::trainer {

// Random draws of a step, fixed in tests. What is not given is drawn from `random`.
struct RandomDraws {
  at::Generator random;                  // on the CPU
  std::optional<bool> flip;              // whether the batch is flipped (only with flipEquivariance)
  std::vector<nets::PatchIds> patchIds;  // PatchNCE of A, then of B with the identity loss; empty: drawn
};

// Means over the batch; those that the options switch off are 0.
struct Losses {
  double ganG = 0;      // G_GAN, with its lambda
  double real = 0;      // D_real
  double fake = 0;      // D_fake
  double penalty = 0;   // of wgangp, with its lambda
  double nce = 0;       // NCE, with its lambda
  double nceY = 0;      // NCE_Y
  double identity = 0;  // with its lambda
  double self = 0;      // with its lambda
  double colour = 0;    // with its lambda
  double total = 0;     // G
};

class CutStep {
 public:
  // The networks keep their type and device; sampler's heads were made for nceLayers of the generator.
  CutStep(std::shared_ptr<nets::ResnetGenerator> generator,
          std::shared_ptr<nets::Discriminator> discriminator, std::shared_ptr<nets::PatchSampler> sampler,
          const CutOptions& options);

  // realA, realB: (N, C, H, W) in [-1, 1], of the networks' type.
  Losses run(const at::Tensor& realA, const at::Tensor& realB, RandomDraws& draws);

  void setLearningRate(double rate);

  // lambdaColour holds the translation to A's colours times this.
  void setColourGain(double gain) { colourGain_ = gain; }

  // Networks ("G.", "D.", "F.") and optimisers ("optimizer_G.", ...) as named tensors: enough to go on bit
  // for bit.
  StateDict state();
  // Throws wrongFile where the tensors are not those of these networks; the step is then not to be used.
  void restore(const StateDict& state);

 private:
  // What the forward pass made.
  struct Pass {
    at::Tensor realA, realB;  // as given
    at::Tensor fakeB;         // G(A), mirrored where `flipped`
    at::Tensor sameB;         // G(B), where the identity needs it
    bool flipped = false;
    std::vector<at::Tensor> mapsA, mapsB;  // keys that the pass made on its way; empty: encode them
  };

  Pass forward(const at::Tensor& realA, const at::Tensor& realB, RandomDraws& draws);
  void stepDiscriminator(const Pass& pass, RandomDraws& draws, Losses& losses);
  void stepGenerator(const Pass& pass, RandomDraws& draws, Losses& losses);
  at::Tensor nce(const at::Tensor& source, const std::vector<at::Tensor>& sourceMaps,
                 const at::Tensor& target, bool flipped, const nets::PatchIds* ids, at::Generator& random);
  at::Tensor predicted(const at::Tensor& images);  // by the discriminator, on what it may see of them
  at::Tensor judged(const at::Tensor& images, nets::GanTarget target);  // the discriminator's loss
  std::vector<at::Tensor> encoded(const at::Tensor& images);            // maps at nceLayers
  at::Tensor penalty(const Pass& pass, at::Generator& random);
  bool needsIdentity() const noexcept;
  bool mapsServeAsKeys() const noexcept;

  std::shared_ptr<nets::ResnetGenerator> generator_;
  std::shared_ptr<nets::Discriminator> discriminator_;
  std::shared_ptr<nets::PatchSampler> sampler_;
  CutOptions options_;
  double colourGain_ = 1;
  torch::optim::Adam optimizerG_, optimizerD_;
  std::unique_ptr<torch::optim::Adam> optimizerF_;  // none without heads
};

}  // namespace cut::trainer
