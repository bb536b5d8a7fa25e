// SPDX-License-Identifier: MIT
#include "nets/stylegan_blocks.hpp"

#include <ATen/ATen.h>

#include <array>
#include <cmath>
#include <numbers>

#include "nets/winograd_convolution.hpp"

namespace cut::nets {

EqualConvolution::EqualConvolution(std::int64_t inputs, std::int64_t outputs, std::int64_t kernel,
                                   std::int64_t stride, std::int64_t padding)
    : stride_(stride),
      padding_(padding),
      scale_(1 / std::sqrt(static_cast<double>(inputs * kernel * kernel))) {
  weight_ = register_parameter("weight", at::zeros({outputs, inputs, kernel, kernel}));
}

at::Tensor EqualConvolution::forward(const at::Tensor& x, const at::Tensor& bias, double gain) const {
  const at::Tensor weight = weight_ * (scale_ * gain);
  if (winograd_ && stride_ == 1 && padding_ == 1 && winogradSupports(x, weight))
    return winogradConvolution(x, weight, bias, cpu::Padding::zeros);
  return at::conv2d(x, weight, bias, stride_, padding_);
}

EqualLinear::EqualLinear(std::int64_t inputs, std::int64_t outputs, Ends ends)
    : ends_(ends), scale_(1 / std::sqrt(static_cast<double>(inputs))) {
  weight_ = register_parameter("weight", at::zeros({outputs, inputs}));
  bias_ = register_parameter("bias", at::zeros({outputs}));
}

at::Tensor EqualLinear::forward(const at::Tensor& x) const {
  const at::Tensor y = at::linear(x, weight_ * scale_, bias_);
  return ends_ == Ends::activated ? at::leaky_relu(y, 0.2) * std::numbers::sqrt2 : y;
}

BiasedActivation::BiasedActivation(std::int64_t channels) {
  bias_ = register_parameter("bias", at::zeros({1, channels, 1, 1}));
}

at::Tensor BiasedActivation::scaledBias(double factor) const {
  return bias_.flatten() * (gain * factor);
}

at::Tensor BiasedActivation::activate(at::Tensor x) {
  return at::leaky_relu_(x, 0.2);
}

Blur::Blur(std::int64_t padBefore, std::int64_t padBehind, double gain)
    : padBefore_(padBefore), padBehind_(padBehind) {
  const at::Tensor line = at::tensor({1.0F, 3.0F, 3.0F, 1.0F});
  kernel_ = register_buffer("kernel", at::outer(line, line) / 64 * gain);
}

at::Tensor Blur::forward(const at::Tensor& x) const {
  const at::Tensor padded = at::constant_pad_nd(x, {padBefore_, padBehind_, padBefore_, padBehind_});
  const std::int64_t channels = x.size(1);
  const at::Tensor filter = kernel_.expand({channels, 1, 4, 4});
  const std::array<std::int64_t, 2> one{1, 1};  // stride and dilation
  const std::array<std::int64_t, 2> none{0, 0};
  return at::conv2d(padded, filter, {}, at::IntArrayRef(one), /*padding=*/at::IntArrayRef(none),
                    at::IntArrayRef(one), /*groups=*/channels);
}

// A blur before the stride of two, padded so that the output has half of the sides.
ConvolutionLayer::ConvolutionLayer(std::int64_t inputs, std::int64_t outputs, std::int64_t kernel,
                                   Sides sides, Ends ends) {
  const bool halved = sides == Sides::halved;
  int place = 0;
  if (halved) {
    const std::int64_t pad = 1 + kernel;  // both sides together
    blur_ = register_module(std::to_string(place++), std::make_shared<Blur>((pad + 1) / 2, pad / 2, 1));
  }
  convolution_ = register_module(
      std::to_string(place++),
      std::make_shared<EqualConvolution>(inputs, outputs, kernel, halved ? 2 : 1, halved ? 0 : kernel / 2));
  if (ends == Ends::activated)
    activation_ = register_module(std::to_string(place), std::make_shared<BiasedActivation>(outputs));
}

at::Tensor ConvolutionLayer::forward(const at::Tensor& x, double factor) const {
  const at::Tensor input = blur_ ? blur_->forward(x) : x;
  if (!activation_) return convolution_->forward(input, {}, factor);
  return BiasedActivation::activate(
      convolution_->forward(input, activation_->scaledBias(factor), BiasedActivation::gain * factor));
}

StyleBlock::StyleBlock(std::int64_t inputs, std::int64_t outputs, Sides sides) {
  first_ = register_module("conv1", std::make_shared<ConvolutionLayer>(inputs, inputs, 3));
  second_ = register_module("conv2", std::make_shared<ConvolutionLayer>(inputs, outputs, 3, sides));
  if (inputs != outputs || sides == Sides::halved)
    skip_ = register_module("skip", std::make_shared<ConvolutionLayer>(inputs, outputs, 1, sides,
                                                                       ConvolutionLayer::Ends::linear));
}

at::Tensor StyleBlock::forward(const at::Tensor& x) const {
  constexpr double half = 1 / std::numbers::sqrt2;  // of the variance
  const at::Tensor y = second_->forward(first_->forward(x), half);
  return skip_ ? y + skip_->forward(x, half) : at::add(y, x, half);
}

StyledUp::StyledUp(std::int64_t inputs, std::int64_t outputs, Noise noise, int noiseLayer)
    : noise_(noise), noiseLayer_(noiseLayer), table_(makeStyleNoise()) {
  auto convolution = register_module("conv", std::make_shared<torch::nn::Module>());
  weight_ = convolution->register_parameter("weight", at::zeros({1, outputs, inputs, 3, 3}));
  blur_ = convolution->register_module("blur", std::make_shared<Blur>(1, 1, 4));
  auto injection = register_module("noise", std::make_shared<torch::nn::Module>());
  noiseWeight_ = injection->register_parameter("weight", at::zeros({1}));
  activation_ = register_module("activate", std::make_shared<BiasedActivation>(outputs));
}

at::Tensor StyledUp::noiseLike(const at::Tensor& map) const {
  const std::int64_t height = map.size(2);
  const std::int64_t width = map.size(3);
  if (is_training()) return at::randn({map.size(0), 1, height, width}, map.options());
  const at::Tensor noise = at::empty({1, 1, height, width}, at::kFloat);
  fillStyleNoise(table_, noiseLayer_, height, width, noise.mutable_data_ptr<float>());
  return noise.to(map.options());
}

at::Tensor StyledUp::forward(const at::Tensor& x) const {
  const double scale = 1 / std::sqrt(static_cast<double>(weight_.size(2) * 9));
  const at::Tensor scaled = weight_.select(0, 0) * scale;  // (outputs, inputs, 3, 3)
  const at::Tensor demodulation = at::rsqrt(scaled.square().sum({1, 2, 3}, /*keepdim=*/true) + 1e-8);
  const at::Tensor weight = (scaled * demodulation * BiasedActivation::gain).transpose(0, 1).contiguous();
  at::Tensor y = blur_->forward(at::conv_transpose2d(x, weight, {}, /*stride=*/2));
  if (noise_ == Noise::injected) y = y + noiseWeight_ * BiasedActivation::gain * noiseLike(y);
  return BiasedActivation::activate(y + activation_->scaledBias().view({1, -1, 1, 1}));
}

}  // namespace cut::nets
