// SPDX-License-Identifier: MIT
#include "trainer/methods/cut_method.hpp"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "cuttranslate/error.hpp"
#include "trainer/methods/chroma.hpp"
#include "trainer/methods/contrastive/make_contrastive.hpp"
#include "trainer/methods/named_network.hpp"

namespace cut::trainer {
namespace {

torch::optim::AdamOptions adam(const CutOptions& options) {
  return torch::optim::AdamOptions(options.learningRate).betas({options.beta1, options.beta2});
}

// The ratio of the root mean squares of B's chroma and A's, over two hundred pairs at most; 1 where A is
// grey. The target's chroma times it is as strong as B's.
double chromaRatio(const TrainingPairs& pairs) {
  const std::int64_t used = std::min<std::int64_t>(pairs.count, 200);
  const auto meanSquare = [](const at::Tensor& images) {
    return chroma(images).square().mean().item<double>();
  };
  double a = 0, b = 0;
  for (std::int64_t i = 0; i < used; ++i) {
    const auto [realA, realB] = pairs.get(pairs.count * i / used);
    a += meanSquare(realA);
    b += meanSquare(realB);
  }
  return a > 0 ? std::sqrt(b / a) : 1;
}

}  // namespace

void CutOptions::validate() const {
  const auto require = [](bool good, const char* text) {
    if (!good) throw Error(ErrorKind::invalidArgument, text);
  };
  require(lambdaGan >= 0 && lambdaNce >= 0 && lambdaIdentity >= 0 && lambdaSelf >= 0 && lambdaColour >= 0,
          "a lambda is negative; expected 0 or more");
  require(colourScaleD >= 0, "colour_scale_D is negative; expected 0 (no colours), 1 (all of them) or more");
  require(lambdaGp >= 0, "lambda_gp is negative; expected 0 or more, usually 10");
  require(lambdaR1 >= 0, "lambda_R1 is negative; expected 0 or more, usually 1");
  require(patches >= 0, "num_patches is negative; expected 0 (all) or more");
  require(temperature > 0, "nce_T is not positive; expected a temperature above 0, usually 0.07");
  require(learningRate >= 0, "lr is negative; expected 0 or more");
  require(learningRateD == 0 || (learningRateD > 0 && learningRate > 0),
          "lr_D follows the schedule of lr; expected both above 0");
  require(contrast.queueSize > 0, "nce_queue_size is not positive; expected 1 or more");
  require(contrast.momentum >= 0 && contrast.momentum < 1, "nce_momentum is expected in [0, 1)");
  require(contrast.monce.epsilon > 0, "ot_eps is not positive; expected a number above 0, usually 1");
  require(contrast.gamma > 0 && contrast.gammaMin > 0, "HDCE_gamma and HDCE_gamma_min are expected above 0");
  require(lambdaNce == 0 || !nceLayers.empty(), "nce_layers is empty; expected indices as 0,4,8,12,16");
  require(beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1, "beta1 and beta2 are expected in [0, 1)");
}

CutMethod::CutMethod(std::shared_ptr<nets::Generator> generator,
                     std::shared_ptr<nets::Discriminator> discriminator,
                     std::shared_ptr<nets::PatchSampler> sampler, const CutOptions& options)
    : CutMethod(generator, std::move(discriminator), makeContrastive(options, generator, std::move(sampler)),
                options) {}

CutMethod::CutMethod(std::shared_ptr<nets::Generator> generator,
                     std::shared_ptr<nets::Discriminator> discriminator,
                     std::unique_ptr<ContrastiveLoss> contrastive, const CutOptions& options)
    : generator_(std::move(generator)),
      discriminator_(std::move(discriminator)),
      options_(options),
      contrastive_(std::move(contrastive)),
      optimizerG_(generator_->parameters(), adam(options)),
      optimizerD_(discriminator_->parameters(), adam(options)) {
  options_.validate();
  if (const auto parameters = contrastive_->heads().parameters(); !parameters.empty())
    optimizerF_ = std::make_unique<torch::optim::Adam>(parameters, adam(options));
  if (options_.reconstructionWarmUp) warmUp_.emplace(generator_, options_.autocast);
  addColumn("G_GAN", &CutLosses::ganG);
  addColumn("D_real", &CutLosses::real);
  addColumn("D_fake", &CutLosses::fake);
  addColumn("G", &CutLosses::total, /*isObjective=*/true);
  const std::string contrast = contrastive_->column();
  addColumn(contrast, &CutLosses::nce);
  if (options_.nceIdentity) addColumn(contrast + "_Y", &CutLosses::nceY);
  if (contrastive_->hasRelation()) addColumn("SRC", &CutLosses::relation);
  if (options_.lambdaIdentity > 0) addColumn("idt", &CutLosses::identity);
  if (options_.lambdaSelf > 0) addColumn("self", &CutLosses::self);
  if (options_.lambdaColour > 0) addColumn("colour", &CutLosses::colour);
  if (options_.ganMode == nets::GanMode::wgangp && !options_.referenceQuirks)
    addColumn("D_gp", &CutLosses::penalty);
  if (options_.lambdaR1 > 0) addColumn("D_R1", &CutLosses::r1);
}

void CutMethod::addColumn(const std::string& name, double CutLosses::*value, bool isObjective) {
  columns_.push_back({name, isObjective});
  columnValues_.push_back(value);
}

std::vector<NamedNetwork> CutMethod::networks() const {
  return {named("G", *generator_),
          named("D", *discriminator_),
          {"F", contrastive_->description(), &contrastive_->heads(), contrastive_->headNames()}};
}

std::vector<NamedOptimizer> CutMethod::optimizers() {
  const double ratioD = options_.learningRateD > 0 ? options_.learningRateD / options_.learningRate : 1;
  std::vector<NamedOptimizer> optimizers{{"optimizer_G", &optimizerG_},
                                         {"optimizer_D", &optimizerD_, ratioD}};
  if (optimizerF_) optimizers.push_back({"optimizer_F", optimizerF_.get()});
  return optimizers;
}

std::vector<std::string> CutMethod::initialiseFromData(const TrainingPairs& pairs) {
  if (!options_.matchSaturation) return {};
  const double ratio = chromaRatio(pairs);
  setSaturation(ratio);
  return {"B is " + std::to_string(ratio) + " times as colourful as A"};
}

void CutMethod::setSaturation(double saturation) {
  saturation_ = saturation;
  if (warmUp_) warmUp_->setSaturation(saturation);
}

// PatchNCE's false negatives: the same positions in every preview, so that pictures of different steps
// compare.
NamedImages CutMethod::preview(const at::Tensor& realA, const at::Tensor& realB) {
  NamedImages images = Method::preview(realA, realB);
  if (options_.lambdaNce <= 0 || !contrastive_->encodesTranslation()) return images;
  FeaturePair pair{.term = ContrastiveTerm::translation,
                   .images = realA,
                   .source = encode(realA),
                   .target = encode(images[1].second),
                   .prediction = {},
                   .ids = nullptr,
                   .random = at::make_generator<at::CPUGeneratorImpl>(0)};
  if (const auto nearest = contrastive_->nearest(pair))
    images.emplace_back("nearest negatives", framed(realA, *nearest));
  return images;
}

StateDict CutMethod::state() {
  StateDict state = Method::state();
  contrastive_->appendState(state);
  return state;
}

void CutMethod::restore(const StateDict& state) {
  Method::restore(state);
  contrastive_->restore(state);
}

std::optional<EncoderView> CutMethod::encoderView() const {
  EncoderView view{
      .generator = generator_.get(), .layers = options_.nceLayers, .temperature = options_.temperature};
  for (std::int64_t& layer : view.layers)
    if (layer < 0) layer = generator_->layerCount() - 1;
  // Other terms have other heads, or heads of pairs of layers.
  if (optimizerF_ && contrastive_->encodesTranslation())
    view.heads = dynamic_cast<nets::PatchSampler*>(&contrastive_->heads());
  return view;
}

StepResult CutMethod::step(const StepInput& input) {
  epoch_ = input.epoch;
  contrastive_->beginStep(input);
  RandomDraws draws{.random = input.random, .flip = {}, .patchIds = {}};
  const auto laidOut = [this](const at::Tensor& images) {
    return options_.referenceQuirks ? images.contiguous() : images;
  };
  const CutLosses losses = run(laidOut(input.realA), laidOut(input.realB), draws);
  StepResult result;
  for (const auto value : columnValues_) result.losses.push_back(losses.*value);
  return result;
}

}  // namespace cut::trainer
