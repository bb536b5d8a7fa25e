// SPDX-License-Identifier: MIT
#include "nets/initialise.hpp"

#include <ATen/ATen.h>

#include <cmath>

#include "cuttranslate/error.hpp"

namespace cut::nets {
namespace {

at::Tensor normal(at::IntArrayRef shape, double deviation, at::Generator& random) {
  return at::randn(shape, random, at::TensorOptions(at::kFloat)) * deviation;
}

// Orthogonal rows (or columns, where those are fewer) of norm `gain`.
at::Tensor orthogonal(at::IntArrayRef shape, double gain, at::Generator& random) {
  const std::int64_t rows = shape[0];
  at::Tensor flat = normal({rows, c10::multiply_integers(shape) / rows}, 1, random);
  const bool wide = flat.size(0) < flat.size(1);
  const auto [q, r] = at::linalg_qr(wide ? flat.t() : flat);
  const at::Tensor signs = r.diagonal().sign();
  const at::Tensor uniform =
      q * signs;  // without the signs, QR would not give uniformly distributed rotations
  return ((wide ? uniform.t() : uniform) * gain).reshape(shape);
}

at::Tensor drawn(at::IntArrayRef shape, Initialisation kind, double gain, at::Generator& random) {
  const auto field = static_cast<double>(c10::multiply_integers(shape.slice(2)));
  const double fanIn = static_cast<double>(shape[1]) * field;
  const double fanOut = static_cast<double>(shape[0]) * field;
  switch (kind) {
    case Initialisation::xavier:
      return normal(shape, gain * std::sqrt(2 / (fanIn + fanOut)), random);
    case Initialisation::normal:
      return normal(shape, gain, random);
    case Initialisation::kaiming:
      return normal(shape, std::sqrt(2 / fanIn), random);
    case Initialisation::orthogonal:
      return orthogonal(shape, gain, random);
  }
  throw Error(ErrorKind::internal, "an initialisation without a rule");
}

}  // namespace

void initialise(torch::nn::Module& module, Initialisation kind, double gain, at::Generator& random) {
  const at::NoGradGuard noGrad;
  for (auto& entry : module.named_parameters()) {
    at::Tensor& parameter = entry.value();
    if (parameter.dim() >= 2)
      parameter.copy_(drawn(parameter.sizes(), kind, gain, random));
    else if (entry.key().ends_with(".weight"))
      parameter.copy_(1 + normal(parameter.sizes(), gain, random));
    else
      parameter.zero_();
  }
}

void initialiseEqualized(torch::nn::Module& module, at::Generator& random) {
  const at::NoGradGuard noGrad;
  for (auto& entry : module.named_parameters()) {
    at::Tensor& parameter = entry.value();
    if (parameter.dim() >= 2 && entry.key().ends_with("weight"))
      parameter.copy_(normal(parameter.sizes(), 1, random));
    else
      parameter.zero_();
  }
}

}  // namespace cut::nets
