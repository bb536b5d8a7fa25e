// SPDX-License-Identifier: MIT
// Generators and discriminators as a method names them: architecture, and tensors in the reference's order.
#pragma once

#include <string>

#include "nets/discriminator.hpp"
#include "nets/generator.hpp"
#include "trainer/methods/method.hpp"

namespace cut::trainer {

// The network must outlive what is returned.
NamedNetwork named(std::string name, nets::Generator& generator);
NamedNetwork named(std::string name, nets::Discriminator& discriminator);

}  // namespace cut::trainer
