// SPDX-License-Identifier: MIT
#include "golden_tensors.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "cuttranslate/model_file.hpp"
#include "nets/state_dict.hpp"

namespace cut::test {

at::Tensor tensorOf(const StateDict& tensors, const std::string& key) {
  const Tensor* found = find(tensors, key);
  if (!found) throw std::runtime_error("no tensor " + key);
  return nets::toTorch(*found);
}

double largestDifference(const at::Tensor& a, const at::Tensor& b) {
  if (a.sizes() != b.sizes()) throw std::runtime_error("tensors of different shapes");
  return (a.detach().to(at::kDouble) - b.detach().to(at::kDouble)).abs().max().item<double>();
}

void expectWeights(const torch::nn::Module& module, const std::filesystem::path& file, double bound) {
  const auto parameters = module.named_parameters();
  const auto buffers = module.named_buffers();
  for (const auto& [name, tensor] : readStateDict(file)) {
    const std::string plain = name.starts_with("module.") ? name.substr(7) : name;
    const at::Tensor* ours = parameters.find(plain);
    if (!ours) ours = buffers.find(plain);
    ASSERT_TRUE(ours) << file << " " << plain;
    EXPECT_LE(largestDifference(*ours, nets::toTorch(tensor)), bound) << file << " " << plain;
  }
}

int integer(const GoldenCase& golden, const char* key, int fallback) {
  return std::stoi(golden.option(key, std::to_string(fallback).c_str()));
}

double number(const GoldenCase& golden, const char* key, double fallback) {
  return std::stod(golden.option(key, std::to_string(fallback).c_str()));
}

bool boolean(const GoldenCase& golden, const char* key, bool fallback) {
  const std::string text = golden.option(key, fallback ? "true" : "false");
  return text == "true" || text == "True" || text == "1";
}

nets::DiscriminatorSpec discriminatorSpec(const GoldenCase& golden) {
  const std::string netD = golden.option("netD", "basic");
  const bool styled = netD == "stylegan2";
  return {.netD = styled            ? nets::NetD::styleGan2
                  : netD == "pixel" ? nets::NetD::pixel
                  : netD == "basic" ? nets::NetD::basic
                                    : nets::NetD::nLayers,
          .inputChannels = integer(golden, "output_nc", 3),
          .ndf = integer(golden, "ndf", 64),
          .layers = integer(golden, "n_layers_D", 3),
          .norm = normFromName(golden.option("normD", "instance")),
          .noAntialias = boolean(golden, "no_antialias", false),
          .resolution = styled ? integer(golden, "crop_size", 256) : 0};
}

bool isKnownDiscriminator(const GoldenCase& golden) {
  const std::string netD = golden.option("netD", "basic");
  return netD == "basic" || netD == "n_layers" || netD == "pixel" || netD == "stylegan2";
}

}  // namespace cut::test
