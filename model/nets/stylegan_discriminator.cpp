// SPDX-License-Identifier: MIT
// SinCUT's discriminator (Park et al. 2020, section 4.4): StyleGAN2's residual one (Karras et al. 2020)
// without its minibatch deviation, as the reference has it.
#include <ATen/ATen.h>

#include <algorithm>
#include <bit>

#include "nets/discriminator.hpp"
#include "nets/state_dict.hpp"
#include "nets/stylegan_blocks.hpp"

namespace cut::nets {
namespace {

// Maps of the side `side`: inversely proportional to it, and 384 at most where they are small.
std::int64_t channelsAt(const DiscriminatorSpec& spec, int side) {
  const std::int64_t channels = std::max<std::int64_t>(1, 256 * std::int64_t{spec.ndf} / side);
  return side <= 32 ? std::min<std::int64_t>(384, channels) : channels;
}

}  // namespace

// Blocks halve the sides down to 4; two linear layers make one number of what is left.
void Discriminator::buildStyleGan() {
  const auto add = [this](torch::nn::Module& parent, const std::string& name, auto module) {
    parent.register_module(name, module);
    layers_.emplace_back([module](const at::Tensor& x) { return module->forward(x); });
  };
  const int side = spec_.resolution;
  const std::int64_t last = channelsAt(spec_, 4);
  const auto blocks = register_module("convs", std::make_shared<torch::nn::Module>());
  add(*blocks, "0", std::make_shared<ConvolutionLayer>(spec_.inputChannels, channelsAt(spec_, side), 1));
  int index = 1;
  for (int at = side; at > 4; at /= 2)
    add(*blocks, std::to_string(index++),
        std::make_shared<StyleBlock>(channelsAt(spec_, at), channelsAt(spec_, at / 2), Sides::halved));
  add(*this, "final_conv", std::make_shared<ConvolutionLayer>(last, last, 3));
  layers_.emplace_back([](const at::Tensor& x) { return x.flatten(1); });
  const auto linear = register_module("final_linear", std::make_shared<torch::nn::Module>());
  add(*linear, "0", std::make_shared<EqualLinear>(last * 16, last, EqualLinear::Ends::activated));
  add(*linear, "1", std::make_shared<EqualLinear>(last, 1, EqualLinear::Ends::linear));
  names_ = nets::tensorNames(*this);
}

}  // namespace cut::nets
