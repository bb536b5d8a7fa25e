// SPDX-License-Identifier: MIT
#include "nets/generator.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <string>
#include <utility>

#include "cuttranslate/error.hpp"
#include "nets/resnet_generator.hpp"
#include "nets/stylegan_generator.hpp"
#include "nets/unet_generator.hpp"

namespace cut::nets {

Generator::Generator(const GeneratorSpec& spec) : spec_(spec) {
  spec.validate();
}

std::vector<std::int64_t> Generator::resolved(std::vector<std::int64_t> layers) const {
  if (encodable_ == 0)
    throw Error(
        ErrorKind::unsupported,
        spec_.name() + " has no layers that feature maps can be taken from; expected a ResNet or StyleGAN2");
  const std::int64_t last = encodable_ - 1;
  for (auto& layer : layers) {
    if (layer < -1 || layer > last)
      throw Error(ErrorKind::invalidArgument, "layer " + std::to_string(layer) + " of " + spec_.name() +
                                                  ": expected 0 to " + std::to_string(last) +
                                                  ", or -1 for the last one");
    if (layer == -1) layer = last;
  }
  std::sort(layers.begin(), layers.end());
  return layers;
}

at::Tensor Generator::run(const at::Tensor& x, std::size_t end, const std::vector<std::int64_t>& wanted,
                          std::vector<at::Tensor>& maps) {
  at::Tensor y = x;
  auto next = wanted.begin();
  for (std::size_t i = 0; i < end; ++i) {
    y = layers_[i](std::move(y));
    for (; next != wanted.end() && static_cast<std::size_t>(*next) == i; ++next) maps.push_back(y);
  }
  return y;
}

at::Tensor Generator::forward(const at::Tensor& x) {
  std::vector<at::Tensor> none;
  return run(x, layers_.size(), {}, none);
}

std::vector<at::Tensor> Generator::encode(const at::Tensor& x, std::vector<std::int64_t> layers) {
  const auto wanted = resolved(std::move(layers));
  std::vector<at::Tensor> maps;
  if (!wanted.empty()) run(x, static_cast<std::size_t>(wanted.back() + 1), wanted, maps);
  return maps;
}

at::Tensor Generator::forwardWithMaps(const at::Tensor& x, std::vector<std::int64_t> layers,
                                      std::vector<at::Tensor>& maps) {
  return run(x, layers_.size(), resolved(std::move(layers)), maps);
}

std::shared_ptr<Generator> makeGenerator(const GeneratorSpec& spec) {
  spec.validate();
  if (spec.architecture == "resnet") return std::make_shared<ResnetGenerator>(spec);
  if (spec.architecture == "unet") return std::make_shared<UnetGenerator>(spec);
  if (spec.architecture != "torchscript") return std::make_shared<StyleGanGenerator>(spec);
  throw Error(ErrorKind::invalidArgument, "a " + spec.text() + " has no layers of its own to be built from");
}

}  // namespace cut::nets
