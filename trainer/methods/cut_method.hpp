// SPDX-License-Identifier: MIT
// CUT and FastCUT (Park et al. 2020, equation 5), in the reference's order: D, then G with the heads of F.
#pragma once

#include <memory>
#include <optional>

#include "nets/discriminator.hpp"
#include "nets/losses.hpp"
#include "nets/patch_sampler.hpp"
#include "trainer/methods/contrastive/contrast_options.hpp"
#include "trainer/methods/contrastive/contrastive_loss.hpp"
#include "trainer/methods/method.hpp"
#include "trainer/methods/reconstruction_method.hpp"
#include "trainer/options/augmentation.hpp"

namespace cut::trainer {

// Defaults are CUT's (Park et al. 2020, section 4.1); names are the reference's options.
struct CutOptions {
  nets::GanMode ganMode = nets::GanMode::lsgan;
  double lambdaGan = 1;
  double lambdaGp = 10;  // of wgangp's gradient penalty; 0: none, as the reference
  double lambdaR1 = 0;   // of the gradient penalty at real images (Mescheder et al. 2018, equation 9)
  double lambdaNce = 1;
  bool nceIdentity = true;        // nce_idt: PatchNCE between real B and G(real B)
  double lambdaIdentity = 0;      // L1 between real B and G(real B)
  double lambdaSelf = 0;          // L1 between real A and G(real A) (Shrivastava et al. 2017, equation 4)
  double lambdaColour = 0;        // L1 between the chroma of real A and of G(real A)
  bool matchSaturation = false;   // colour_target B: the chroma of A is scaled to that of B
  std::int64_t colourScaleD = 1;  // the discriminator sees chroma averaged over blocks of that side; 0: none
  AugmentationPolicy diffAugment = {};  // diffaug: of all that the discriminator sees
  bool flipEquivariance = false;        // FastCUT: half of the steps translate the flipped batch
  std::vector<std::int64_t> nceLayers{0, 4, 8, 12, 16};
  bool negativesOfBatch = false;  // nce_includes_all_negatives_from_minibatch
  std::int64_t patches = 256;     // num_patches
  double temperature = 0.07;      // nce_T
  bool referenceQuirks =
      false;              // gradients of nets/gradient_modes.hpp; images and weights are contiguous (NCHW)
  bool autocast = false;  // convolutions in bfloat16; losses, heads and statistics stay in float32
  ContrastOptions contrast = {};
  std::int64_t identityEpochs = 0;  // stop_idt_epochs: those with lambdaIdentity; 0: all
  double learningRate = 2e-4;
  double learningRateD = 0;  // of the discriminator; 0: the same
  double beta1 = 0.5;
  double beta2 = 0.999;
  bool reconstructionWarmUp = false;  // warmup_steps

  void validate() const;  // throws invalidArgument, naming the option and its range
};

// Random draws of a step, fixed in tests. What is not given is drawn from `random`.
struct RandomDraws {
  at::Generator random;                  // on the CPU
  std::optional<bool> flip;              // whether the batch is flipped (only with flipEquivariance)
  std::vector<nets::PatchIds> patchIds;  // PatchNCE of A, then of B with the identity loss; empty: drawn
};

// Means over the batch; those that the options switch off are 0.
struct CutLosses {
  double ganG = 0;      // G_GAN, with its lambda
  double real = 0;      // D_real
  double fake = 0;      // D_fake
  double penalty = 0;   // of wgangp, with its lambda
  double r1 = 0;        // D_R1, with its lambda
  double nce = 0;       // the contrastive term, with its lambda
  double nceY = 0;      // the same of B
  double relation = 0;  // SRC, with its lambda
  double identity = 0;  // with its lambda
  double self = 0;      // with its lambda
  double colour = 0;    // with its lambda
  double total = 0;     // G
};

class CutMethod final : public Method {
 public:
  // The networks keep their type and device; sampler's heads were made for nceLayers of the generator.
  // Throws invalidArgument for options out of range.
  CutMethod(std::shared_ptr<nets::Generator> generator, std::shared_ptr<nets::Discriminator> discriminator,
            std::shared_ptr<nets::PatchSampler> sampler, const CutOptions& options);
  // With a contrastive term of its own.
  CutMethod(std::shared_ptr<nets::Generator> generator, std::shared_ptr<nets::Discriminator> discriminator,
            std::unique_ptr<ContrastiveLoss> contrastive, const CutOptions& options);

  std::span<const LossColumn> lossColumns() const noexcept override { return columns_; }
  std::vector<NamedNetwork> networks() const override;
  std::vector<NamedOptimizer> optimizers() override;
  nets::Generator& generator() const noexcept override { return *generator_; }
  StepResult step(const StepInput& input) override;
  NamedImages preview(const at::Tensor& realA, const at::Tensor& realB) override;
  StateDict state() override;
  void restore(const StateDict& state) override;
  std::vector<std::string> initialiseFromData(const TrainingPairs& pairs) override;
  std::optional<EncoderView> encoderView() const override;
  Method* warmUp() noexcept override { return warmUp_ ? &*warmUp_ : nullptr; }

  // A step with given random draws. realA, realB: (N, C, H, W) in [-1, 1], of the networks' type.
  CutLosses run(const at::Tensor& realA, const at::Tensor& realB, RandomDraws& draws);

  // lambdaColour and the warm-up take A's chroma times this as their target.
  void setSaturation(double saturation);

 private:
  // Images and features of the forward pass.
  struct ForwardPass {
    at::Tensor realA, realB;  // as given
    at::Tensor fakeB;         // G(A), flipped horizontally where `flipped`
    at::Tensor identityB;     // G(B), where an identity loss needs it
    bool flipped = false;
    // Maps at nceLayers, a by-product: keys, or all that a contrastive term of this pass needs. Empty: encode
    // them.
    std::vector<at::Tensor> featuresA, featuresB;
  };

  void addColumn(const std::string& name, double CutLosses::*value, bool isObjective = false);
  ForwardPass forward(const at::Tensor& realA, const at::Tensor& realB, RandomDraws& draws);
  void stepDiscriminator(const ForwardPass& pass, RandomDraws& draws, CutLosses& losses);
  void stepGenerator(const ForwardPass& pass, RandomDraws& draws, CutLosses& losses);
  void addContrast(const ForwardPass& pass, const at::Tensor& prediction, RandomDraws& draws,
                   at::Tensor& total, CutLosses& losses);
  void featurePair(FeaturePair& pair, const at::Tensor& translation, const std::vector<at::Tensor>& features,
                   bool flipped);
  at::Tensor predict(const at::Tensor& images, at::Generator& random);  // of D, augmented, with its chroma
  at::Tensor judge(const at::Tensor& images, at::Generator& random);    // the same, by autocast if asked for
  at::Tensor ganLoss(const at::Tensor& prediction, nets::GanTarget target);
  std::vector<at::Tensor> encode(const at::Tensor& images);  // features at nceLayers
  at::Tensor gradientPenalty(const ForwardPass& pass, at::Generator& random);
  at::Tensor realLoss(const at::Tensor& images, at::Generator& random,
                      CutLosses& losses);  // of D: GAN loss / 2 and R1
  double lambdaIdentity() const noexcept;  // 0 in epochs without
  bool needsIdentity() const noexcept;
  bool featuresAreReusable() const noexcept;

  std::shared_ptr<nets::Generator> generator_;
  std::shared_ptr<nets::Discriminator> discriminator_;
  CutOptions options_;
  std::unique_ptr<ContrastiveLoss> contrastive_;
  double saturation_ = 1;
  std::int64_t epoch_ = 1;
  torch::optim::Adam optimizerG_, optimizerD_;
  std::unique_ptr<torch::optim::Adam> optimizerF_;  // none without heads
  std::optional<ReconstructionMethod> warmUp_;
  std::vector<LossColumn> columns_;
  std::vector<double CutLosses::*> columnValues_;  // one for each of columns_
};

}  // namespace cut::trainer
