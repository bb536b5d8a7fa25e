// SPDX-License-Identifier: MIT
// What PatchNCE compares patches by.
#pragma once

#include <cstdint>
#include <vector>

#include "nets/generator.hpp"
#include "nets/patch_sampler.hpp"

namespace cut::trainer {

// Layers of a generator, and the heads behind them (Park et al. 2020, section 3.2: H_l). Owned by whoever
// made it.
struct EncoderView {
  nets::Generator* generator = nullptr;
  std::vector<std::int64_t> layers = {};  // sorted, -1 resolved
  nets::PatchSampler* heads = nullptr;    // a head for each layer; null: without
  double temperature = 0.07;              // tau of equation 3
};

}  // namespace cut::trainer
