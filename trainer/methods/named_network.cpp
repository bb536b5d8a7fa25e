// SPDX-License-Identifier: MIT
#include "trainer/methods/named_network.hpp"

#include <utility>
#include <vector>

#include "cuttranslate/spec.hpp"

namespace cut::trainer {

NamedNetwork named(std::string name, nets::Generator& generator) {
  std::vector<std::string> keys;
  for (const auto& tensor : expectedTensors(generator.spec())) keys.push_back(tensor.name);
  return {std::move(name), generator.spec().text(), &generator, std::move(keys)};
}

NamedNetwork named(std::string name, nets::Discriminator& discriminator) {
  const nets::DiscriminatorSpec& spec = discriminator.spec();
  return {std::move(name), std::string(nameOf(spec.netD)) + ", ndf " + std::to_string(spec.ndf),
          &discriminator, discriminator.tensorNames()};
}

}  // namespace cut::trainer
