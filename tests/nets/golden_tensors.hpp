// SPDX-License-Identifier: MIT
// Tensors and networks of golden cases, for tests that use torch.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <filesystem>
#include <memory>
#include <string>

#include "golden.hpp"
#include "nets/discriminator.hpp"
#include "nets/patch_sampler.hpp"

namespace cut::test {

// The tensor of that name; throws where there is none.
at::Tensor tensorOf(const StateDict& tensors, const std::string& key);

double largestDifference(const at::Tensor& a, const at::Tensor& b);
// Expects every tensor of a state_dict's file in the module, within `bound`. A leading "module." is the
// reference's.
void expectWeights(const torch::nn::Module& module, const std::filesystem::path& file, double bound);

// Of a case's options, with the reference's defaults.
int integer(const GoldenCase& golden, const char* key, int fallback);
double number(const GoldenCase& golden, const char* key, double fallback);
bool boolean(const GoldenCase& golden, const char* key, bool fallback);

nets::DiscriminatorSpec discriminatorSpec(const GoldenCase& golden);
// False for networks that are refused (patch, tilestylegan2).
bool isKnownDiscriminator(const GoldenCase& golden);

}  // namespace cut::test
