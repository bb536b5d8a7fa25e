// SPDX-License-Identifier: MIT
// The optimisation step of CUT and FastCUT.
#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "nets/gradient_modes.hpp"
#include "nets/losses.hpp"
#include "trainer/methods/autocast.hpp"
#include "trainer/methods/chroma.hpp"
#include "trainer/methods/cut_method.hpp"
#include "trainer/methods/diff_augment.hpp"
#include "trainer/methods/feature_maps.hpp"
#include "trainer/methods/frozen_parameters.hpp"

namespace cut::trainer {
namespace {

using nets::GanTarget;

at::Tensor flipHorizontally(const at::Tensor& x) {
  return x.flip({3});
}

bool drawFlip(at::Generator& random) {
  return at::rand({}, random).item<float>() < 0.5F;
}

}  // namespace

double CutMethod::lambdaIdentity() const noexcept {
  return options_.identityEpochs == 0 || epoch_ <= options_.identityEpochs ? options_.lambdaIdentity : 0;
}

bool CutMethod::needsIdentity() const noexcept {
  return (options_.nceIdentity && options_.lambdaNce > 0) || lambdaIdentity() > 0;
}

// Without dropout and batch norm, features of an image depend neither on its batch nor on random draws.
bool CutMethod::featuresAreReusable() const noexcept {
  const GeneratorSpec& spec = generator_->spec();
  return !spec.dropout && spec.norm != Norm::batch;
}

CutMethod::ForwardPass CutMethod::forward(const at::Tensor& realA, const at::Tensor& realB,
                                          RandomDraws& draws) {
  ForwardPass pass;
  pass.realA = realA;
  pass.realB = realB;
  if (options_.flipEquivariance) pass.flipped = draws.flip ? *draws.flip : drawFlip(draws.random);
  const bool ofThisPass = !contrastive_->encodesTranslation();
  const bool keep = options_.lambdaNce > 0 && (ofThisPass || (!pass.flipped && featuresAreReusable()));
  const Autocast autocast(options_.autocast, realA.device());
  const auto translated = [&](const at::Tensor& images, std::vector<at::Tensor>& features) {
    const at::Tensor input = pass.flipped ? flipHorizontally(images) : images;
    const at::Tensor output =
        keep ? generator_->forwardWithMaps(input, options_.nceLayers, features) : generator_->forward(input);
    features = castAll(std::move(features), realA.scalar_type());
    return output.to(realA.scalar_type());
  };

  // The maps of images [begin, end). No gradient goes through keys.
  const auto mapsOf = [&](const std::vector<at::Tensor>& features, std::int64_t begin, std::int64_t end) {
    std::vector<at::Tensor> parts;
    for (const auto& feature : features) {
      const at::Tensor part = feature.slice(0, begin, end);
      parts.push_back(ofThisPass ? part : part.detach());
    }
    return parts;
  };

  std::vector<at::Tensor> features;
  const std::int64_t countA = realA.size(0);
  if (!needsIdentity()) {
    pass.fakeB = translated(realA, features);
    pass.featuresA = mapsOf(features, 0, countA);
  } else if (realA.sizes().slice(1) == realB.sizes().slice(1)) {
    const std::int64_t count = countA + realB.size(0);
    const at::Tensor output = translated(at::cat({realA, realB}), features);
    pass.fakeB = output.slice(0, 0, countA);
    pass.identityB = output.slice(0, countA);
    pass.featuresA = mapsOf(features, 0, countA);
    pass.featuresB = mapsOf(features, countA, count);
  } else {  // uncropped images of the two domains
    pass.fakeB = translated(realA, features);
    pass.featuresA = mapsOf(features, 0, countA);
    features.clear();
    pass.identityB = translated(realB, features);
    pass.featuresB = mapsOf(features, 0, realB.size(0));
  }
  return pass;
}

// All that D sees comes through here. Augmented images are subsampled, not the other way round: a cutout's
// edges would otherwise be sharp in chroma that D is not to see. The gradient penalties, R1's and wgangp's,
// are of the images as they come in, so that they hold D and its augmentation flat together, as in the
// paper's program.
at::Tensor CutMethod::predict(const at::Tensor& images, at::Generator& random) {
  const at::Tensor augmented = diffAugment(images, options_.diffAugment, random);
  return discriminator_->forward(withSubsampledChroma(augmented, options_.colourScaleD));
}

at::Tensor CutMethod::judge(const at::Tensor& images, at::Generator& random) {
  const Autocast autocast(options_.autocast, images.device());
  return predict(images, random).to(images.scalar_type());
}

at::Tensor CutMethod::ganLoss(const at::Tensor& prediction, GanTarget target) {
  const Autocast autocast(options_.autocast, prediction.device());
  return nets::ganLoss(options_.ganMode, prediction, target);
}

// Gulrajani et al. 2017, equation 3: the norm of D's gradient at interpolates of real and translated images
// is 1.
at::Tensor CutMethod::gradientPenalty(const ForwardPass& pass, at::Generator& random) {
  const at::Tensor alpha = at::rand({pass.realB.size(0), 1, 1, 1}, random, at::TensorOptions(at::kFloat))
                               .to(pass.realB.device(), pass.realB.scalar_type());
  // Uncropped images of the two domains may differ in size: D sees what they share.
  const auto shared = [&](const at::Tensor& images) {
    return images.slice(2, 0, std::min(pass.fakeB.size(2), pass.realB.size(2)))
        .slice(3, 0, std::min(pass.fakeB.size(3), pass.realB.size(3)));
  };
  const at::Tensor interpolates =
      at::lerp(shared(pass.fakeB.detach()), shared(pass.realB), alpha).requires_grad_();
  const nets::DoubleBackwardMode twice;
  const at::Tensor gradient = torch::autograd::grad({predict(interpolates, random).sum()}, {interpolates}, {},
                                                    /*retain_graph=*/true, /*create_graph=*/true)[0];
  const at::Tensor norm = (gradient.flatten(1).pow(2).sum(1) + 1e-16).sqrt();
  return options_.lambdaGp * (norm - 1).pow(2).mean();
}

// R1 (Mescheder et al. 2018, equation 9) is half of the squared gradient of D at real images, the mean over
// the batch: D stays flat where the data are. Its gradient is one of second order, every step.
at::Tensor CutMethod::realLoss(const at::Tensor& images, at::Generator& random, CutLosses& losses) {
  if (options_.lambdaR1 == 0) {
    const at::Tensor loss = ganLoss(judge(images, random), GanTarget::real);
    losses.real = loss.item<double>();
    return loss * 0.5;
  }
  const nets::DoubleBackwardMode twice;
  const at::Tensor input = images.detach().requires_grad_();
  const at::Tensor prediction = predict(input, random);
  const at::Tensor loss = nets::ganLoss(options_.ganMode, prediction, GanTarget::real);
  const at::Tensor gradient = torch::autograd::grad({prediction.sum()}, {input}, {}, /*retain_graph=*/true,
                                                    /*create_graph=*/true)[0];
  const at::Tensor penalty = gradient.flatten(1).square().sum(1).mean() * (options_.lambdaR1 / 2);
  losses.real = loss.item<double>();
  losses.r1 = penalty.item<double>();
  return loss * 0.5 + penalty;
}

void CutMethod::stepDiscriminator(const ForwardPass& pass, RandomDraws& draws, CutLosses& losses) {
  optimizerD_.zero_grad();
  const at::Tensor fake = ganLoss(judge(pass.fakeB.detach(), draws.random), GanTarget::fake);
  at::Tensor total = fake * 0.5 + realLoss(pass.realB, draws.random, losses);
  if (options_.ganMode == nets::GanMode::wgangp && options_.lambdaGp > 0) {
    const at::Tensor penalty = gradientPenalty(pass, draws.random);
    losses.penalty = penalty.item<double>();
    total = total + penalty;
  }
  total.backward();
  optimizerD_.step();
  losses.fake = fake.item<double>();
}

std::vector<at::Tensor> CutMethod::encode(const at::Tensor& images) {
  return encodedMaps(*generator_, images, options_.nceLayers, options_.autocast);
}

// Fills the maps of `pair` from what the forward pass kept of them, and encodes the rest.
void CutMethod::featurePair(FeaturePair& pair, const at::Tensor& translation,
                            const std::vector<at::Tensor>& features, bool flipped) {
  if (!contrastive_->encodesTranslation()) {
    const std::size_t half = features.size() / 2;
    for (std::size_t i = 0; i < half; ++i) {
      pair.source.push_back(features[i].detach());
      pair.target.push_back(features[features.size() - 1 - i]);
    }
    return;
  }
  pair.target = encode(translation);
  if (flipped)
    for (auto& feature : pair.target) feature = flipHorizontally(feature);
  const at::NoGradGuard noGrad;  // the losses detach them
  pair.source = features.empty() ? encode(pair.images) : features;
}

void CutMethod::addContrast(const ForwardPass& pass, const at::Tensor& prediction, RandomDraws& draws,
                            at::Tensor& total, CutLosses& losses) {
  const auto valueOf = [&](ContrastiveTerm term, const at::Tensor& images, const at::Tensor& translation,
                           const std::vector<at::Tensor>& features) {
    const std::size_t i = term == ContrastiveTerm::translation ? 0 : 1;
    FeaturePair pair{.term = term,
                     .images = images,
                     .source = {},
                     .target = {},
                     .prediction = prediction,
                     .ids = i < draws.patchIds.size() ? &draws.patchIds[i] : nullptr,
                     .random = draws.random};
    featurePair(pair, translation, features, pass.flipped);
    return contrastive_->of(pair);
  };
  const ContrastiveValue value =
      valueOf(ContrastiveTerm::translation, pass.realA, pass.fakeB, pass.featuresA);
  at::Tensor contrast = value.contrast;
  losses.nce = contrast.item<double>();
  if (options_.nceIdentity) {
    const at::Tensor identity =
        valueOf(ContrastiveTerm::identity, pass.realB, pass.identityB, pass.featuresB).contrast;
    losses.nceY = identity.item<double>();
    contrast = (contrast + identity) * 0.5;
  }
  total = total + contrast;
  if (!value.relation.defined()) return;
  losses.relation = value.relation.item<double>();
  total = total + value.relation;
}

void CutMethod::stepGenerator(const ForwardPass& pass, RandomDraws& draws, CutLosses& losses) {
  const FrozenParameters frozen(*discriminator_);
  optimizerG_.zero_grad();
  if (optimizerF_) optimizerF_->zero_grad();

  // Flips images to or from the orientation of the forward pass.
  const auto aligned = [&pass](const at::Tensor& images) {
    return pass.flipped ? flipHorizontally(images) : images;
  };

  at::Tensor total = at::zeros({}, pass.fakeB.options());
  const auto add = [&total](const at::Tensor& loss, double& reported) {
    reported = loss.item<double>();
    total = total + loss;
  };
  at::Tensor prediction;
  if (options_.lambdaGan > 0) {
    prediction = judge(pass.fakeB, draws.random);
    add(options_.lambdaGan * ganLoss(prediction, GanTarget::realForGenerator), losses.ganG);
    prediction = prediction.detach();
  }
  if (options_.lambdaNce > 0) addContrast(pass, prediction, draws, total, losses);
  if (lambdaIdentity() > 0)
    add(lambdaIdentity() * (aligned(pass.identityB) - pass.realB).abs().mean(), losses.identity);
  if (options_.lambdaSelf > 0)
    add(options_.lambdaSelf * (pass.fakeB - aligned(pass.realA)).abs().mean(), losses.self);
  if (options_.lambdaColour > 0) {
    const at::Tensor target = withSaturation(aligned(pass.realA), saturation_);
    add(options_.lambdaColour * chroma(pass.fakeB - target).abs().mean(), losses.colour);
  }
  losses.total = total.item<double>();
  if (!total.requires_grad()) return;  // every lambda is 0
  total.backward();
  optimizerG_.step();
  if (optimizerF_) optimizerF_->step();
}

CutLosses CutMethod::run(const at::Tensor& realA, const at::Tensor& realB, RandomDraws& draws) {
  CutLosses losses;
  std::optional<nets::ReferenceGradientMode> asTheReference;
  if (options_.referenceQuirks) asTheReference.emplace();
  {
    const ForwardPass pass = forward(realA, realB, draws);
    stepDiscriminator(pass, draws, losses);
    stepGenerator(pass, draws, losses);
  }
  contrastive_->endStep();
  return losses;
}

}  // namespace cut::trainer
