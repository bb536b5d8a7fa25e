// SPDX-License-Identifier: MIT
#include "nets/losses.hpp"

#include <ATen/ATen.h>

#include <string>

#include "cuttranslate/error.hpp"

namespace cut::nets {
namespace {

at::Tensor hinge(const at::Tensor& prediction, GanTarget target) {
  if (target == GanTarget::realForGenerator) return -prediction.mean();
  return (target == GanTarget::real ? 1 - prediction : 1 + prediction).relu().mean();
}

}  // namespace

GanMode ganModeFromName(std::string_view name) {
  for (const GanMode mode :
       {GanMode::lsgan, GanMode::vanilla, GanMode::nonsaturating, GanMode::wgangp, GanMode::hinge})
    if (nameOf(mode) == name) return mode;
  throw Error(ErrorKind::invalidArgument,
              "gan_mode \"" + std::string(name) +
                  "\" is unknown; expected lsgan, vanilla, nonsaturating, wgangp or hinge");
}

at::Tensor ganLoss(GanMode mode, const at::Tensor& prediction, GanTarget target) {
  const bool real = target != GanTarget::fake;
  switch (mode) {
    case GanMode::lsgan:
      return (real ? prediction - 1 : prediction).pow(2).mean();
    case GanMode::vanilla:  // softplus(-x) is the cross entropy of a logit x with 1
    case GanMode::nonsaturating:
      return at::softplus(real ? -prediction : prediction).mean();
    case GanMode::wgangp:
      return real ? -prediction.mean() : prediction.mean();
    case GanMode::hinge:
      return hinge(prediction, target);
  }
  throw Error(ErrorKind::internal, "a GAN objective without a loss");
}

at::Tensor patchNce(const at::Tensor& queries, const at::Tensor& keys, const PatchNceOptions& options) {
  const at::Tensor fixed = keys.detach();
  const at::Tensor positive = (queries * fixed).sum(1, /*keepdim=*/true);
  const std::int64_t groups = options.negativesOfBatch ? 1 : options.batch;
  const at::Tensor q = queries.reshape({groups, -1, queries.size(1)});
  const at::Tensor k = fixed.reshape({groups, -1, fixed.size(1)});
  const std::int64_t patches = q.size(1);
  const at::Tensor self = at::eye(patches, queries.options().dtype(at::kBool)).unsqueeze(0);
  const at::Tensor negatives = at::bmm(q, k.transpose(1, 2)).masked_fill(self, -10.0).reshape({-1, patches});
  const at::Tensor logits = at::cat({positive, negatives}, 1) / options.temperature;
  return -at::log_softmax(logits, 1).select(1, 0);
}

}  // namespace cut::nets
