// SPDX-License-Identifier: MIT
#include "nets/unet_generator.hpp"

#include <ATen/ATen.h>

#include <string>
#include <utility>

#include "arch/generator_layers.hpp"
#include "nets/fused_instance_norm.hpp"
#include "nets/layers.hpp"

namespace cut::nets {
namespace {

// One level: its encoder convolution, the levels below it, its decoder convolution. The reference nests them
// in one Sequential, so that a level's names begin with those of the level above.
class Level : public torch::nn::Module {
 public:
  Level(const GeneratorSpec& spec, int index) : norm_(spec.norm) {
    outermost_ = index == 0;
    innermost_ = index == spec.downs - 1;
    // The reference has dropout in the blocks between the innermost one and the four outer ones.
    dropout_ = spec.dropout && index >= 4 && !innermost_;
    const std::int64_t outer = outermost_ ? spec.outputChannels : unetChannels(spec, index - 1);
    const std::int64_t inner = unetChannels(spec, index);
    const bool bias = spec.convolutionsHaveBias();
    model_ = register_module("model", std::make_shared<torch::nn::Module>());
    int place = outermost_ ? 0 : 1;
    down_ = add<Convolution>(place, ConvolutionOptions{.inputs = outermost_ ? spec.inputChannels : outer,
                                                       .outputs = inner,
                                                       .kernel = 4,
                                                       .stride = 2,
                                                       .padding = 1,
                                                       .bias = bias});
    if (!outermost_ && !innermost_) downNorm_ = addNorm(++place, inner);
    if (!innermost_) below_ = add<Level>(++place, spec, index + 1);
    place += 2;
    up_ = add<TransposedConvolution>(place, ConvolutionOptions{.inputs = innermost_ ? inner : 2 * inner,
                                                               .outputs = outer,
                                                               .kernel = 4,
                                                               .bias = outermost_ || bias});
    if (!outermost_) upNorm_ = addNorm(place + 1, outer);
  }

  at::Tensor forward(const at::Tensor& x) {
    if (outermost_) return at::tanh(decode(down_->forward(x)));
    // The reference's activation works in place, so that the skip connection carries its result.
    const at::Tensor activated = at::leaky_relu(x, 0.2);
    at::Tensor y = down_->forward(activated);
    if (!innermost_) y = normalised(std::move(y), downNorm_.get());
    y = normalised(decode(std::move(y)), upNorm_.get());
    if (dropout_) y = at::dropout(y, 0.5, is_training());
    return at::cat({activated, y}, 1);
  }

 private:
  template <typename M, typename... Args>
  std::shared_ptr<M> add(int place, Args&&... args) {
    return model_->register_module(std::to_string(place), std::make_shared<M>(std::forward<Args>(args)...));
  }

  std::shared_ptr<BatchNorm> addNorm(int place, std::int64_t channels) {
    return norm_ == Norm::batch ? add<BatchNorm>(place, channels) : nullptr;
  }

  at::Tensor normalised(at::Tensor x, BatchNorm* batchNorm) const {
    if (norm_ == Norm::instance) return instanceNorm(std::move(x), Activation::none);
    return batchNorm != nullptr ? batchNorm->forward(x) : x;
  }

  at::Tensor decode(at::Tensor y) {
    if (below_) y = below_->forward(y);
    return up_->forward(at::relu(y));
  }

  Norm norm_;
  bool outermost_ = false, innermost_ = false, dropout_ = false;
  std::shared_ptr<torch::nn::Module> model_;
  std::shared_ptr<Convolution> down_;
  std::shared_ptr<BatchNorm> downNorm_, upNorm_;
  std::shared_ptr<Level> below_;
  std::shared_ptr<TransposedConvolution> up_;
};

}  // namespace

UnetGenerator::UnetGenerator(const GeneratorSpec& spec) : Generator(spec) {
  auto outermost = register_module("model", std::make_shared<Level>(spec, 0));
  addLayer([outermost](const at::Tensor& x) { return outermost->forward(x); });
}

}  // namespace cut::nets
