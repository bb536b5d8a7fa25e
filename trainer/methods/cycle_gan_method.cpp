// SPDX-License-Identifier: MIT
#include "trainer/methods/cycle_gan_method.hpp"

#include <ATen/ATen.h>

#include <optional>
#include <utility>

#include "cuttranslate/error.hpp"
#include "nets/gradient_modes.hpp"
#include "trainer/methods/autocast.hpp"
#include "trainer/methods/frozen_parameters.hpp"
#include "trainer/methods/named_network.hpp"

namespace cut::trainer {
namespace {

using nets::GanTarget;

torch::optim::AdamOptions adam(const CycleGanOptions& options) {
  return torch::optim::AdamOptions(options.learningRate).betas({options.beta1, options.beta2});
}

template <typename Network>
std::vector<at::Tensor> parametersOf(const Network& one, const Network& other) {
  std::vector<at::Tensor> parameters = one->parameters();
  for (auto& parameter : other->parameters()) parameters.push_back(std::move(parameter));
  return parameters;
}

// Adds a loss's gradients to the parameters' and returns its value.
double learn(const at::Tensor& loss) {
  loss.backward();
  return loss.item<double>();
}

}  // namespace

void CycleGanOptions::validate() const {
  const auto require = [](bool good, const char* text) {
    if (!good) throw Error(ErrorKind::invalidArgument, text);
  };
  require(lambdaA >= 0 && lambdaB >= 0 && lambdaIdentity >= 0, "a lambda is negative; expected 0 or more");
  require(poolSize >= 0, "pool_size is negative; expected 0 (no pool) or more");
  require(learningRate >= 0, "lr is negative; expected 0 or more");
  require(beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1, "beta1 and beta2 are expected in [0, 1)");
  require(ganMode != nets::GanMode::wgangp,
          "gan_mode wgangp needs its gradient penalty, which CycleGAN's discriminators do not have; expected "
          "lsgan, vanilla, nonsaturating or hinge");
}

CycleGanMethod::CycleGanMethod(Networks networks, const CycleGanOptions& options)
    : networks_(std::move(networks)),
      options_(options),
      optimizerG_(parametersOf(networks_.generatorA, networks_.generatorB), adam(options)),
      optimizerD_(parametersOf(networks_.discriminatorA, networks_.discriminatorB), adam(options)),
      poolA_(options.poolSize,
             options.referenceQuirks ? at::MemoryFormat::Contiguous : at::MemoryFormat::ChannelsLast),
      poolB_(poolA_) {
  options_.validate();
  const GeneratorSpec& spec = generator().spec();
  const bool identity = options_.lambdaIdentity > 0;
  if (identity && spec.inputChannels != spec.outputChannels)
    throw Error(ErrorKind::invalidArgument,
                "--lambda_identity compares images of B with what G_A makes of them: expected --input_nc " +
                    std::to_string(spec.outputChannels) + " as --output_nc, or --lambda_identity 0, got " +
                    std::to_string(spec.inputChannels));
  addColumn("D_A", &CycleGanLosses::discriminatorA);
  addColumn("G_A", &CycleGanLosses::ganA);
  addColumn("cycle_A", &CycleGanLosses::cycleA);
  if (identity) addColumn("idt_A", &CycleGanLosses::identityA);
  addColumn("D_B", &CycleGanLosses::discriminatorB);
  addColumn("G_B", &CycleGanLosses::ganB);
  addColumn("cycle_B", &CycleGanLosses::cycleB);
  if (identity) addColumn("idt_B", &CycleGanLosses::identityB);
  addColumn("G", &CycleGanLosses::total, /*isObjective=*/true);
}

void CycleGanMethod::addColumn(const char* name, double CycleGanLosses::*value, bool isObjective) {
  columns_.push_back({name, isObjective});
  columnValues_.push_back(value);
}

std::vector<NamedNetwork> CycleGanMethod::networks() const {
  return {named("G_A", *networks_.generatorA), named("G_B", *networks_.generatorB),
          named("D_A", *networks_.discriminatorA), named("D_B", *networks_.discriminatorB)};
}

std::vector<NamedOptimizer> CycleGanMethod::optimizers() {
  return {{"optimizer_G", &optimizerG_}, {"optimizer_D", &optimizerD_}};
}

StateDict CycleGanMethod::state() {
  StateDict state = Method::state();
  poolA_.appendTo(state, "pool_A");
  poolB_.appendTo(state, "pool_B");
  return state;
}

void CycleGanMethod::restore(const StateDict& state) {
  Method::restore(state);
  const c10::Device device = optimizerG_.param_groups().front().params().front().device();
  poolA_.restore(state, "pool_A", device);
  poolB_.restore(state, "pool_B", device);
}

NamedImages CycleGanMethod::preview(const at::Tensor& realA, const at::Tensor& realB) {
  // Only G_A has been put into evaluation mode, and given its average.
  nets::Generator& back = *networks_.generatorB;
  back.eval();
  const at::Tensor fakeB = generator().forward(realA);
  NamedImages images{{"real A", realA},
                     {"fake B", fakeB},
                     {"rec A", back.forward(fakeB)},
                     {"real B", realB},
                     {"fake A", back.forward(realB)}};
  back.train();
  return images;
}

StepResult CycleGanMethod::step(const StepInput& input) {
  const auto laidOut = [this](const at::Tensor& images) {
    return options_.referenceQuirks ? images.contiguous() : images;
  };
  at::Generator random = input.random;
  const CycleGanLosses losses = run(laidOut(input.realA), laidOut(input.realB), random);
  StepResult result;
  for (const auto value : columnValues_) result.losses.push_back(losses.*value);
  return result;
}

// A skip connection of a U-Net joins maps of one size: nothing is cut off or padded within it.
void CycleGanMethod::checkSides(const at::Tensor& images) const {
  const GeneratorSpec& spec = generator().spec();
  const std::int64_t multiple = spec.sizeMultiple();
  if (images.size(2) % multiple == 0 && images.size(3) % multiple == 0) return;
  throw Error(ErrorKind::invalidArgument,
              spec.name() + " takes images whose sides are multiples of " + std::to_string(multiple) +
                  ", got " + std::to_string(images.size(3)) + " x " + std::to_string(images.size(2)) +
                  "; choose a --preprocess with crop, and such a --crop_size");
}

at::Tensor CycleGanMethod::translate(nets::Generator& generator, const at::Tensor& images) {
  const Autocast autocast(options_.autocast, images.device());
  return generator.forward(images).to(images.scalar_type());
}

at::Tensor CycleGanMethod::ganLoss(nets::Discriminator& discriminator, const at::Tensor& images,
                                   GanTarget target) {
  const Autocast autocast(options_.autocast, images.device());
  return nets::ganLoss(options_.ganMode, discriminator.forward(images).to(images.scalar_type()), target);
}

// Returns the translation, for the discriminator. Equation 2 of Zhu et al. 2017, one half of it.
at::Tensor CycleGanMethod::learnCycle(const at::Tensor& real, nets::Generator& there, nets::Generator& back,
                                      nets::Discriminator& judge, double lambda, double& gan, double& cycle) {
  const at::Tensor fake = translate(there, real);
  const at::Tensor ganTerm = ganLoss(judge, fake, GanTarget::realForGenerator);
  const at::Tensor cycleTerm = at::l1_loss(translate(back, fake), real) * lambda;
  (ganTerm + cycleTerm).backward();
  gan = ganTerm.item<double>();
  cycle = cycleTerm.item<double>();
  return fake.detach();
}

void CycleGanMethod::learnIdentity(const at::Tensor& real, nets::Generator& generator, double lambda,
                                   double& identity) {
  identity = learn(at::l1_loss(translate(generator, real), real) * lambda);
}

void CycleGanMethod::learnToJudge(nets::Discriminator& discriminator, const at::Tensor& real,
                                  const at::Tensor& fake, double& loss) {
  const at::Tensor judgedReal = ganLoss(discriminator, real, GanTarget::real);
  const at::Tensor judgedFake = ganLoss(discriminator, fake, GanTarget::fake);
  loss = learn((judgedReal + judgedFake) * 0.5);
}

// The reference adds all losses of the generators up and goes backward once. Gradients add up as well, and
// each graph is gone before the next is made: a third of the memory.
CycleGanLosses CycleGanMethod::run(const at::Tensor& realA, const at::Tensor& realB, at::Generator& random) {
  checkSides(realA);
  checkSides(realB);
  CycleGanLosses losses;
  std::optional<nets::ReferenceGradientMode> asTheReference;
  if (options_.referenceQuirks) asTheReference.emplace();
  const auto& [generatorA, generatorB, discriminatorA, discriminatorB] = networks_;
  at::Tensor fakeA, fakeB;
  {
    const FrozenParameters frozenA(*discriminatorA), frozenB(*discriminatorB);
    optimizerG_.zero_grad();
    fakeB = learnCycle(realA, *generatorA, *generatorB, *discriminatorA, options_.lambdaA, losses.ganA,
                       losses.cycleA);
    fakeA = learnCycle(realB, *generatorB, *generatorA, *discriminatorB, options_.lambdaB, losses.ganB,
                       losses.cycleB);
    if (options_.lambdaIdentity > 0) {
      learnIdentity(realB, *generatorA, options_.lambdaB * options_.lambdaIdentity, losses.identityA);
      learnIdentity(realA, *generatorB, options_.lambdaA * options_.lambdaIdentity, losses.identityB);
    }
    optimizerG_.step();
  }
  optimizerD_.zero_grad();
  learnToJudge(*discriminatorA, realB, poolB_.query(fakeB, random), losses.discriminatorA);
  learnToJudge(*discriminatorB, realA, poolA_.query(fakeA, random), losses.discriminatorB);
  optimizerD_.step();
  losses.total =
      losses.ganA + losses.ganB + losses.cycleA + losses.cycleB + losses.identityA + losses.identityB;
  return losses;
}

}  // namespace cut::trainer
