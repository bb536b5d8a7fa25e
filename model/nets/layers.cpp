// SPDX-License-Identifier: MIT
#include "nets/layers.hpp"

#include <ATen/ATen.h>

#include "nets/padding.hpp"
#include "nets/winograd_convolution.hpp"

namespace cut::nets {
namespace {

// A separable depthwise filter, (channels, 1, n, n), with `taps` in both directions and the sum `gain`.
at::Tensor blurFilter(at::ArrayRef<double> taps, double gain, std::int64_t channels) {
  const at::Tensor line = at::tensor(taps, at::kFloat);
  const at::Tensor square = at::outer(line, line);
  return (square / square.sum() * gain).expand({channels, 1, line.size(0), line.size(0)}).contiguous();
}

// Undefined where there is no bias: the name is registered, but not part of the state_dict.
at::Tensor biasOf(bool wanted, std::int64_t outputs) {
  return wanted ? at::zeros({outputs}) : at::Tensor();
}

}  // namespace

Convolution::Convolution(const ConvolutionOptions& options) : options_(options) {
  weight_ = register_parameter("weight",
                               at::zeros({options.outputs, options.inputs, options.kernel, options.kernel}));
  bias_ = register_parameter("bias", biasOf(options.bias, options.outputs), options.bias);
}

bool Convolution::usesWinograd(const at::Tensor& x) const {
  return winograd_ && options_.stride == 1 && winogradSupports(x, weight_);
}

at::Tensor Convolution::forward(const at::Tensor& x) const {
  if (options_.padding == 1 && usesWinograd(x))
    return winogradConvolution(x, weight_, bias_, cpu::Padding::zeros);
  return at::conv2d(x, weight_, bias_, options_.stride, options_.padding);
}

at::Tensor Convolution::forwardReflect(const at::Tensor& x) const {
  if (usesWinograd(x)) return winogradConvolution(x, weight_, bias_, cpu::Padding::reflect);
  return forward(reflectionPad(x, 1));
}

TransposedConvolution::TransposedConvolution(const ConvolutionOptions& options) {
  weight_ = register_parameter("weight",
                               at::zeros({options.inputs, options.outputs, options.kernel, options.kernel}));
  bias_ = register_parameter("bias", biasOf(options.bias, options.outputs), options.bias);
}

at::Tensor TransposedConvolution::forward(const at::Tensor& x) const {
  const std::int64_t outputPadding = 4 - weight_.size(2);
  return at::conv_transpose2d(x, weight_, bias_, /*stride=*/2, /*padding=*/1, outputPadding);
}

BatchNorm::BatchNorm(std::int64_t channels) {
  weight_ = register_parameter("weight", at::ones({channels}));
  bias_ = register_parameter("bias", at::zeros({channels}));
  runningMean_ = register_buffer("running_mean", at::zeros({channels}));
  runningVar_ = register_buffer("running_var", at::ones({channels}));
  batches_ = register_buffer("num_batches_tracked", at::zeros({}, at::kLong));
}

at::Tensor BatchNorm::forward(const at::Tensor& x) {
  if (is_training()) batches_.add_(1);
  return at::batch_norm(x, weight_, bias_, runningMean_, runningVar_, is_training(), /*momentum=*/0.1,
                        /*eps=*/1e-5, /*cudnn_enabled=*/true);
}

Downsample::Downsample(std::int64_t channels) {
  filter_ = register_buffer("filt", blurFilter({1, 2, 1}, 1, channels));
}

at::Tensor Downsample::forward(const at::Tensor& x) const {
  return blurPool(x);
}

Upsample::Upsample(std::int64_t channels) {
  filter_ = register_buffer("filt", blurFilter({1, 3, 3, 1}, 4, channels));
}

at::Tensor Upsample::forward(const at::Tensor& x) const {
  return at::upsample_bilinear2d(x, {2 * x.size(2), 2 * x.size(3)}, /*align_corners=*/false);
}

}  // namespace cut::nets
