// SPDX-License-Identifier: MIT
// CycleGAN (Zhu et al. 2017) as the reference has it: first both generators, then both discriminators.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nets/discriminator.hpp"
#include "nets/losses.hpp"
#include "trainer/methods/image_pool.hpp"
#include "trainer/methods/method.hpp"

namespace cut::trainer {

// Names are the reference's options.
struct CycleGanOptions {
  nets::GanMode ganMode = nets::GanMode::lsgan;
  double lambdaA = 10;          // of the cycle A to B to A
  double lambdaB = 10;          // of the cycle B to A to B
  double lambdaIdentity = 0.5;  // of the identity losses, relative to lambdaB and lambdaA; 0: none
  std::int64_t poolSize = 50;
  bool referenceQuirks = false;  // gradients of nets/gradient_modes.hpp; images are contiguous (NCHW)
  bool autocast = false;         // convolutions in bfloat16; losses and statistics stay in float32
  double learningRate = 2e-4;
  double beta1 = 0.5;
  double beta2 = 0.999;

  void validate() const;  // throws invalidArgument, naming the option and its range
};

// Means over the batch, with their lambdas. A in a name is G_A's or D_A's loss, as in the reference: D_A
// judges images of B, and idt_A compares B with G_A(B).
struct CycleGanLosses {
  double discriminatorA = 0;  // D_A
  double ganA = 0;            // G_A
  double cycleA = 0;          // cycle_A: |G_B(G_A(A)) - A|
  double identityA = 0;       // idt_A; 0 without
  double discriminatorB = 0;  // D_B
  double ganB = 0;            // G_B
  double cycleB = 0;          // cycle_B: |G_A(G_B(B)) - B|
  double identityB = 0;       // idt_B; 0 without
  double total = 0;           // G: what both generators minimise
};

class CycleGanMethod final : public Method {
 public:
  struct Networks {
    std::shared_ptr<nets::Generator> generatorA;          // A to B
    std::shared_ptr<nets::Generator> generatorB;          // B to A
    std::shared_ptr<nets::Discriminator> discriminatorA;  // of images of B
    std::shared_ptr<nets::Discriminator> discriminatorB;  // of images of A
  };

  // The networks keep their type and device. Throws invalidArgument for options out of range, and for an
  // identity loss of generators with other channels out than in.
  CycleGanMethod(Networks networks, const CycleGanOptions& options);

  std::span<const LossColumn> lossColumns() const noexcept override { return columns_; }
  std::vector<NamedNetwork> networks() const override;
  std::vector<NamedOptimizer> optimizers() override;
  nets::Generator& generator() const noexcept override { return *networks_.generatorA; }
  StepResult step(const StepInput& input) override;
  NamedImages preview(const at::Tensor& realA, const at::Tensor& realB) override;
  StateDict state() override;  // with the images of both pools
  void restore(const StateDict& state) override;

  // A step. realA, realB: (N, C, H, W) in [-1, 1], of the networks' type; `random` draws from the pools.
  CycleGanLosses run(const at::Tensor& realA, const at::Tensor& realB, at::Generator& random);

 private:
  void checkSides(const at::Tensor& images) const;
  void addColumn(const char* name, double CycleGanLosses::*value, bool isObjective = false);
  at::Tensor translate(nets::Generator& generator, const at::Tensor& images);
  at::Tensor ganLoss(nets::Discriminator& discriminator, const at::Tensor& images, nets::GanTarget target);
  at::Tensor learnCycle(const at::Tensor& real, nets::Generator& there, nets::Generator& back,
                        nets::Discriminator& judge, double lambda, double& gan, double& cycle);
  void learnIdentity(const at::Tensor& real, nets::Generator& generator, double lambda, double& identity);
  void learnToJudge(nets::Discriminator& discriminator, const at::Tensor& real, const at::Tensor& fake,
                    double& loss);

  Networks networks_;
  CycleGanOptions options_;
  torch::optim::Adam optimizerG_, optimizerD_;
  ImagePool poolA_, poolB_;  // of translations to A and to B
  std::vector<LossColumn> columns_;
  std::vector<double CycleGanLosses::*> columnValues_;  // one for each of columns_
};

}  // namespace cut::trainer
