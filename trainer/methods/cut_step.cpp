// The optimisation step of CUT and FastCUT.
#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "nets/losses.hpp"
#include "nets/reference_gradients.hpp"
#include "nets/twice_differentiable.hpp"
#include "trainer/methods/autocast.hpp"
#include "trainer/methods/chroma.hpp"
#include "trainer/methods/cut_method.hpp"

namespace cut::trainer {
namespace {

using nets::GanTarget;

// (N, C, H, W) seen in a mirror.
at::Tensor mirrored(const at::Tensor& x) {
  return x.flip({3});
}

bool drawFlip(at::Generator& random) {
  return at::rand({}, random).item<float>() < 0.5F;
}

// Gradients of these are not wanted for a while.
class Frozen {
 public:
  explicit Frozen(torch::nn::Module& module) : parameters_(module.parameters()) { set(false); }
  ~Frozen() { set(true); }
  Frozen(const Frozen&) = delete;
  Frozen& operator=(const Frozen&) = delete;

 private:
  void set(bool wanted) {
    for (auto& parameter : parameters_) parameter.set_requires_grad(wanted);
  }
  std::vector<at::Tensor> parameters_;
};

// Maps that autocast narrowed, in the type of the losses.
std::vector<at::Tensor> widened(std::vector<at::Tensor> maps, at::ScalarType type) {
  for (auto& map : maps) map = map.to(type);
  return maps;
}

std::vector<at::Tensor> slices(const std::vector<at::Tensor>& maps, std::int64_t begin, std::int64_t end) {
  std::vector<at::Tensor> parts;
  for (const auto& map : maps) parts.push_back(map.slice(0, begin, end).detach());
  return parts;
}

}  // namespace

bool CutMethod::needsIdentity() const noexcept {
  return (options_.nceIdentity && options_.lambdaNce > 0) || options_.lambdaIdentity > 0;
}

// Without dropout and batch norm, features of an image depend neither on its batch nor on random draws.
bool CutMethod::mapsServeAsKeys() const noexcept {
  const GeneratorSpec& spec = generator_->spec();
  return !spec.dropout && spec.norm != Norm::batch;
}

CutMethod::Pass CutMethod::forward(const at::Tensor& realA, const at::Tensor& realB, RandomDraws& draws) {
  Pass pass;
  pass.realA = realA;
  pass.realB = realB;
  if (options_.flipEquivariance) pass.flipped = draws.flip ? *draws.flip : drawFlip(draws.random);
  const bool keep = options_.lambdaNce > 0 && !pass.flipped && mapsServeAsKeys();
  const Autocast autocast(options_.autocast, realA.device());
  const auto translated = [&](const at::Tensor& images, std::vector<at::Tensor>& maps) {
    const at::Tensor input = pass.flipped ? mirrored(images) : images;
    const at::Tensor output =
        keep ? generator_->forwardWithMaps(input, options_.nceLayers, maps) : generator_->forward(input);
    maps = widened(std::move(maps), realA.scalar_type());
    return output.to(realA.scalar_type());
  };

  std::vector<at::Tensor> maps;
  const std::int64_t countA = realA.size(0);
  if (!needsIdentity()) {
    pass.fakeB = translated(realA, maps);
    pass.mapsA = slices(maps, 0, countA);
  } else if (realA.sizes().slice(1) == realB.sizes().slice(1)) {
    const std::int64_t count = countA + realB.size(0);
    const at::Tensor output = translated(at::cat({realA, realB}), maps);
    pass.fakeB = output.slice(0, 0, countA);
    pass.sameB = output.slice(0, countA);
    pass.mapsA = slices(maps, 0, countA);
    pass.mapsB = slices(maps, countA, count);
  } else {  // uncropped images of the two domains
    pass.fakeB = translated(realA, maps);
    pass.mapsA = slices(maps, 0, countA);
    maps.clear();
    pass.sameB = translated(realB, maps);
    pass.mapsB = slices(maps, 0, realB.size(0));
  }
  return pass;
}

at::Tensor CutMethod::predicted(const at::Tensor& images) {
  return discriminator_->forward(withSubsampledChroma(images, options_.colourScaleD));
}

at::Tensor CutMethod::judged(const at::Tensor& images, GanTarget target) {
  const Autocast autocast(options_.autocast, images.device());
  return nets::ganLoss(options_.ganMode, predicted(images).to(images.scalar_type()), target);
}

// Gulrajani et al. 2017, equation 3: D's gradient at points between the real and the translated images has
// length 1.
at::Tensor CutMethod::penalty(const Pass& pass, at::Generator& random) {
  const at::Tensor share = at::rand({pass.realB.size(0), 1, 1, 1}, random, at::TensorOptions(at::kFloat))
                               .to(pass.realB.device(), pass.realB.scalar_type());
  // Uncropped images of the two domains may differ in size: what they share is judged.
  const auto shared = [&](const at::Tensor& images) {
    return images.slice(2, 0, std::min(pass.fakeB.size(2), pass.realB.size(2)))
        .slice(3, 0, std::min(pass.fakeB.size(3), pass.realB.size(3)));
  };
  const at::Tensor between =
      at::lerp(shared(pass.fakeB.detach()), shared(pass.realB), share).requires_grad_();
  const nets::TwiceDifferentiable twice;
  const at::Tensor slope = torch::autograd::grad({predicted(between).sum()}, {between}, {},
                                                 /*retain_graph=*/true, /*create_graph=*/true)[0];
  const at::Tensor length = (slope.flatten(1).pow(2).sum(1) + 1e-16).sqrt();
  return options_.lambdaGp * (length - 1).pow(2).mean();
}

void CutMethod::stepDiscriminator(const Pass& pass, RandomDraws& draws, CutLosses& losses) {
  optimizerD_.zero_grad();
  const at::Tensor fake = judged(pass.fakeB.detach(), GanTarget::fake);
  const at::Tensor real = judged(pass.realB, GanTarget::real);
  at::Tensor total = (fake + real) * 0.5;
  if (options_.ganMode == nets::GanMode::wgangp && options_.lambdaGp > 0) {
    const at::Tensor added = penalty(pass, draws.random);
    losses.penalty = added.item<double>();
    total = total + added;
  }
  total.backward();
  optimizerD_.step();
  losses.fake = fake.item<double>();
  losses.real = real.item<double>();
}

std::vector<at::Tensor> CutMethod::encoded(const at::Tensor& images) {
  const Autocast autocast(options_.autocast, images.device());
  return widened(generator_->encode(images, options_.nceLayers), images.scalar_type());
}

at::Tensor CutMethod::nce(const at::Tensor& source, const std::vector<at::Tensor>& sourceMaps,
                          const at::Tensor& target, bool flipped, const nets::PatchIds* ids,
                          at::Generator& random) {
  std::vector<at::Tensor> queryMaps = encoded(target);
  if (flipped)
    for (auto& map : queryMaps) map = mirrored(map);

  nets::PatchSamples keys;
  {
    const at::NoGradGuard noGrad;  // the loss detaches them
    const auto keyMaps = sourceMaps.empty() ? encoded(source) : sourceMaps;
    keys = ids ? sampler_->sampleAt(keyMaps, *ids) : sampler_->sample(keyMaps, options_.patches, random);
  }
  const nets::PatchSamples queries = sampler_->sampleAt(queryMaps, keys.ids);

  const nets::PatchNceOptions nceOptions{.batch = source.size(0),
                                         .temperature = options_.temperature,
                                         .negativesOfBatch = options_.negativesOfBatch};
  at::Tensor total;
  for (std::size_t i = 0; i < queries.features.size(); ++i) {
    const at::Tensor loss =
        nets::patchNce(queries.features[i], keys.features[i], nceOptions).mean() * options_.lambdaNce;
    total = total.defined() ? total + loss : loss;
  }
  return total / static_cast<double>(queries.features.size());
}

void CutMethod::stepGenerator(const Pass& pass, RandomDraws& draws, CutLosses& losses) {
  const Frozen frozen(*discriminator_);
  optimizerG_.zero_grad();
  if (optimizerF_) optimizerF_->zero_grad();
  const auto given = [&draws](std::size_t i) {
    return i < draws.patchIds.size() ? &draws.patchIds[i] : nullptr;
  };

  // To or from the direction in which the pass saw them.
  const auto turned = [&pass](const at::Tensor& images) { return pass.flipped ? mirrored(images) : images; };

  at::Tensor total = at::zeros({}, pass.fakeB.options());
  if (options_.lambdaGan > 0) {
    const at::Tensor gan = options_.lambdaGan * judged(pass.fakeB, GanTarget::realForGenerator);
    losses.ganG = gan.item<double>();
    total = total + gan;
  }
  if (options_.lambdaNce > 0) {
    at::Tensor both = nce(pass.realA, pass.mapsA, pass.fakeB, pass.flipped, given(0), draws.random);
    losses.nce = both.item<double>();
    if (options_.nceIdentity) {
      const at::Tensor identity =
          nce(pass.realB, pass.mapsB, pass.sameB, pass.flipped, given(1), draws.random);
      losses.nceY = identity.item<double>();
      both = (both + identity) * 0.5;
    }
    total = total + both;
  }
  if (options_.lambdaIdentity > 0) {
    const at::Tensor identity = options_.lambdaIdentity * (turned(pass.sameB) - pass.realB).abs().mean();
    losses.identity = identity.item<double>();
    total = total + identity;
  }
  if (options_.lambdaSelf > 0) {
    const at::Tensor self = options_.lambdaSelf * (pass.fakeB - turned(pass.realA)).abs().mean();
    losses.self = self.item<double>();
    total = total + self;
  }
  if (options_.lambdaColour > 0) {
    const at::Tensor wanted = withSaturation(turned(pass.realA), saturation_);
    const at::Tensor held = options_.lambdaColour * chroma(pass.fakeB - wanted).abs().mean();
    losses.colour = held.item<double>();
    total = total + held;
  }
  losses.total = total.item<double>();
  if (!total.requires_grad()) return;  // every lambda is 0
  total.backward();
  optimizerG_.step();
  if (optimizerF_) optimizerF_->step();
}

CutLosses CutMethod::run(const at::Tensor& realA, const at::Tensor& realB, RandomDraws& draws) {
  CutLosses losses;
  std::optional<nets::ReferenceGradients> asTheReference;
  if (options_.referenceQuirks) asTheReference.emplace();
  const Pass pass = forward(realA, realB, draws);
  stepDiscriminator(pass, draws, losses);
  stepGenerator(pass, draws, losses);
  return losses;
}

}  // namespace cut::trainer
