// SPDX-License-Identifier: MIT
// StyleGAN2's layers (Karras et al. 2020) as SinCUT uses them, without styles, under the reference's names.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <cstdint>
#include <memory>
#include <numbers>

#include "arch/style_noise.hpp"

namespace cut::nets {

// Convolution with equalized learning rate: weights are initialised with N(0, 1) and scaled at run time
// (Karras et al. 2018, section 4.1). No bias.
class EqualConvolution : public torch::nn::Module {
 public:
  EqualConvolution(std::int64_t inputs, std::int64_t outputs, std::int64_t kernel, std::int64_t stride,
                   std::int64_t padding);
  // Times `gain`, plus `bias` (outputs) if it is defined.
  at::Tensor forward(const at::Tensor& x, const at::Tensor& bias = {}, double gain = 1) const;

  // Whether forward passes use winogradConvolution where it supports the input.
  void setWinograd(bool wanted) noexcept { winograd_ = wanted; }

 private:
  std::int64_t stride_, padding_;
  double scale_;
  bool winograd_ = false;
  at::Tensor weight_;  // (outputs, inputs, kernel, kernel)
};

// Linear layer with equalized learning rate.
class EqualLinear : public torch::nn::Module {
 public:
  enum class Ends { activated, linear };  // activated: sqrt(2) * leakyReLU
  EqualLinear(std::int64_t inputs, std::int64_t outputs, Ends ends);
  at::Tensor forward(const at::Tensor& x) const;  // (N, inputs) to (N, outputs)

 private:
  Ends ends_;
  double scale_;
  at::Tensor weight_;  // (outputs, inputs)
  at::Tensor bias_;    // (outputs)
};

// sqrt(2) * leakyReLU(x + bias). A positive factor passes through a leaky ReLU: what makes x takes the
// factor sqrt(2) (`gain`) into its own weights and adds scaledBias(), which spares passes over the map.
class BiasedActivation : public torch::nn::Module {
 public:
  static constexpr double gain = std::numbers::sqrt2;

  explicit BiasedActivation(std::int64_t channels);
  at::Tensor scaledBias(double factor = 1) const;  // factor * gain * bias, (channels)
  static at::Tensor activate(at::Tensor x);        // leakyReLU in place: x is a map of the caller's own

 private:
  at::Tensor bias_;  // (1, channels, 1, 1)
};

// [1,3,3,1]x[1,3,3,1]/64 on zero-padded borders.
class Blur : public torch::nn::Module {
 public:
  Blur(std::int64_t padBefore, std::int64_t padBehind, double gain);
  at::Tensor forward(const at::Tensor& x) const;

 private:
  std::int64_t padBefore_, padBehind_;
  at::Tensor kernel_;  // (4, 4)
};

enum class Sides { kept, halved };

// A convolution and an activation, or the convolution alone.
class ConvolutionLayer : public torch::nn::Module {
 public:
  enum class Ends { activated, linear };
  ConvolutionLayer(std::int64_t inputs, std::int64_t outputs, std::int64_t kernel, Sides sides = Sides::kept,
                   Ends ends = Ends::activated);
  at::Tensor forward(const at::Tensor& x, double factor = 1) const;  // times a positive factor

 private:
  std::shared_ptr<Blur> blur_;
  std::shared_ptr<EqualConvolution> convolution_;
  std::shared_ptr<BiasedActivation> activation_;
};

// (convolutions(x) + skip(x)) / sqrt(2)
class StyleBlock : public torch::nn::Module {
 public:
  StyleBlock(std::int64_t inputs, std::int64_t outputs, Sides sides);
  at::Tensor forward(const at::Tensor& x) const;

 private:
  std::shared_ptr<ConvolutionLayer> first_, second_, skip_;
};

// Demodulated transposed convolution that doubles the sides, noise injection, activation. In training noise
// is drawn for each pass, from LibTorch's default generator as dropout is; in evaluation it is the fixed
// noise of `noiseLayer`, the same for every frame.
class StyledUp : public torch::nn::Module {
 public:
  enum class Noise { injected, none };
  StyledUp(std::int64_t inputs, std::int64_t outputs, Noise noise, int noiseLayer);
  at::Tensor forward(const at::Tensor& x) const;

 private:
  at::Tensor noiseLike(const at::Tensor& map) const;

  Noise noise_;
  int noiseLayer_;
  StyleNoise table_;
  at::Tensor weight_;       // (1, outputs, inputs, 3, 3)
  at::Tensor noiseWeight_;  // (1)
  std::shared_ptr<Blur> blur_;
  std::shared_ptr<BiasedActivation> activation_;
};

}  // namespace cut::nets
