// SPDX-License-Identifier: MIT
#include "nets/stylegan_generator.hpp"

#include <ATen/ATen.h>

#include <string>
#include <utility>

#include "arch/generator_layers.hpp"
#include "kernels/base/cpu_features.hpp"
#include "nets/stylegan_blocks.hpp"

namespace cut::nets {

StyleGanGenerator::StyleGanGenerator(const GeneratorSpec& spec) : Generator(spec) {
  const auto channels = [&spec](int halvings) { return styleGanChannels(spec, halvings); };
  std::shared_ptr<torch::nn::Module> part;
  int index = 0;
  const auto begin = [&](const char* name) {
    part = register_module(name, std::make_shared<torch::nn::Module>())
               ->register_module("convs", std::make_shared<torch::nn::Module>());
    index = 0;
  };
  const auto add = [&](auto module) {
    part->register_module(std::to_string(index++), module);
    addLayer([module](const at::Tensor& x) { return module->forward(x); });
  };
  const auto addPlainBlocks = [&] {
    const int same = channels(spec.downs);
    for (int i = 0; i < spec.blocks / 2; ++i) add(std::make_shared<StyleBlock>(same, same, Sides::kept));
  };

  begin("encoder");
  addLayer([](at::Tensor x) { return x; });
  ++index;
  add(std::make_shared<ConvolutionLayer>(3, channels(0), 1));
  for (int i = 0; i < spec.downs; ++i)
    add(std::make_shared<StyleBlock>(channels(i), channels(i + 1), Sides::halved));
  addPlainBlocks();
  endEncoder();

  begin("decoder");
  addPlainBlocks();
  const bool noisy = spec.architecture == "stylegan2";
  for (int i = spec.downs; i > 0; --i)
    add(std::make_shared<StyledUp>(channels(i), channels(i - 1),
                                   noisy ? StyledUp::Noise::injected : StyledUp::Noise::none,
                                   spec.downs - i));
  add(std::make_shared<ConvolutionLayer>(channels(0), 3, 1));
}

void StyleGanGenerator::setWinograd(bool wanted) {
  if (wanted) cpu::applyIsaCap();
  for (const auto& module : modules())
    if (const auto convolution = std::dynamic_pointer_cast<EqualConvolution>(module))
      convolution->setWinograd(wanted);
}

}  // namespace cut::nets
