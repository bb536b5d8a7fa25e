// SPDX-License-Identifier: MIT
#include "nets/resnet_generator.hpp"

#include <ATen/ATen.h>

#include <string>
#include <utility>

#include "kernels/base/cpu_features.hpp"
#include "nets/fused_instance_norm.hpp"
#include "nets/layers.hpp"
#include "nets/padding.hpp"

namespace cut::nets {
namespace {

// A norm with its ReLU; Norm::batch needs its module.
at::Tensor normRelu(at::Tensor x, Norm norm, BatchNorm* batchNorm) {
  if (norm == Norm::instance) return instanceNorm(std::move(x), Activation::relu);
  return (batchNorm ? batchNorm->forward(x) : x).relu_();
}

// x + norm(conv(pad(relu(norm(conv(pad(x)))))))
class ResnetBlock : public torch::nn::Module {
 public:
  ResnetBlock(const GeneratorSpec& spec, std::int64_t channels) : norm_(spec.norm), dropout_(spec.dropout) {
    const ConvolutionOptions options{
        .inputs = channels, .outputs = channels, .bias = spec.convolutionsHaveBias()};
    const int second = dropout_ ? 6 : 5;  // its index in the reference's Sequential
    block_ = register_module("conv_block", std::make_shared<torch::nn::Module>());
    first_ = block_->register_module("1", std::make_shared<Convolution>(options));
    if (norm_ == Norm::batch)
      firstNorm_ = block_->register_module("2", std::make_shared<BatchNorm>(channels));
    second_ = block_->register_module(std::to_string(second), std::make_shared<Convolution>(options));
    if (norm_ == Norm::batch)
      secondNorm_ =
          block_->register_module(std::to_string(second + 1), std::make_shared<BatchNorm>(channels));
  }

  at::Tensor forward(const at::Tensor& x) {
    at::Tensor y = normRelu(first_->forwardReflect(x), norm_, firstNorm_.get());
    if (dropout_) y = at::dropout(y, 0.5, is_training());
    y = second_->forwardReflect(y);
    if (norm_ == Norm::instance) return instanceNorm(std::move(y), Activation::none, x);
    return x + (secondNorm_ ? secondNorm_->forward(y) : y);
  }

 private:
  Norm norm_;
  bool dropout_;
  std::shared_ptr<torch::nn::Module> block_;
  std::shared_ptr<Convolution> first_, second_;
  std::shared_ptr<BatchNorm> firstNorm_, secondNorm_;
};

}  // namespace

std::string ResnetGenerator::nextName() const {
  return std::to_string(addedLayers());
}

template <typename M, typename... Args>
void ResnetGenerator::addModule(Args&&... args) {
  auto module = model_->register_module(nextName(), std::make_shared<M>(std::forward<Args>(args)...));
  addLayer([module](const at::Tensor& x) { return module->forward(x); });
}

void ResnetGenerator::addConvolution(std::int64_t inputs, std::int64_t outputs, std::int64_t kernel,
                                     std::int64_t stride, std::int64_t padding) {
  addModule<Convolution>(
      ConvolutionOptions{inputs, outputs, kernel, stride, padding, spec().convolutionsHaveBias()});
}

// The reference has two layers: here the norm's does both, and the ReLU's is the identity.
void ResnetGenerator::addNormRelu(std::int64_t channels) {
  std::shared_ptr<BatchNorm> batchNorm;
  if (spec().norm == Norm::batch)
    batchNorm = model_->register_module(nextName(), std::make_shared<BatchNorm>(channels));
  addLayer([norm = spec().norm, batchNorm](at::Tensor x) {
    return normRelu(std::move(x), norm, batchNorm.get());
  });
  addLayer([](at::Tensor x) { return x; });
}

void ResnetGenerator::addDown(std::int64_t channels) {
  addConvolution(channels, 2 * channels, 3, spec().noAntialias ? 2 : 1, 1);
  addNormRelu(2 * channels);
  if (!spec().noAntialias) addModule<Downsample>(2 * channels);
}

void ResnetGenerator::addBlock(std::int64_t channels) {
  addModule<ResnetBlock>(spec(), channels);
}

void ResnetGenerator::addUp(std::int64_t channels) {
  if (spec().noAntialiasUp) {
    addModule<TransposedConvolution>(ConvolutionOptions{
        .inputs = channels, .outputs = channels / 2, .bias = spec().convolutionsHaveBias()});
  } else {
    addModule<Upsample>(channels);
    addConvolution(channels, channels / 2, 3, 1, 1);
  }
  addNormRelu(channels / 2);
}

void ResnetGenerator::setWinograd(bool wanted) {
  if (wanted) cpu::applyIsaCap();
  for (const auto& module : modules())
    if (const auto convolution = std::dynamic_pointer_cast<Convolution>(module))
      convolution->setWinograd(wanted);
}

ResnetGenerator::ResnetGenerator(const GeneratorSpec& spec) : Generator(spec) {
  model_ = register_module("model", std::make_shared<torch::nn::Module>());
  const std::int64_t ngf = spec.ngf;

  addLayer([](const at::Tensor& x) { return reflectionPad(x, 3); });
  addConvolution(spec.inputChannels, ngf, 7, 1, 0);
  addNormRelu(ngf);
  addDown(ngf);
  addDown(2 * ngf);
  for (int i = 0; i < spec.blocks; ++i) addBlock(4 * ngf);
  addUp(4 * ngf);
  addUp(2 * ngf);
  addLayer([](const at::Tensor& x) { return reflectionPad(x, 3); });
  addModule<Convolution>(ConvolutionOptions{.inputs = ngf, .outputs = spec.outputChannels, .kernel = 7});
  addLayer([](const at::Tensor& x) { return at::tanh(x); });
  endEncoder();
}

}  // namespace cut::nets
