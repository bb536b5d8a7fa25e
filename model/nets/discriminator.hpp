// SPDX-License-Identifier: MIT
// The discriminators of CUT under the reference's names: PatchGAN (Isola et al. 2017), the pixel
// discriminator, and SinCUT's of StyleGAN2's blocks (Karras et al. 2020).
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cuttranslate/spec.hpp"
#include "cuttranslate/tensor.hpp"
#include "nets/training_enums.hpp"

namespace cut::nets {

struct DiscriminatorSpec {
  NetD netD = NetD::basic;
  int inputChannels = 3;       // 1 to 4
  int ndf = 64;                // 1 to 1024
  int layers = 3;              // of NetD::nLayers: 1 to 8
  Norm norm = Norm::instance;  // not of NetD::styleGan2, which has none
  bool noAntialias = false;
  int resolution = 0;  // of NetD::styleGan2: side of its images, a power of two, 8 to 1024

  bool operator==(const DiscriminatorSpec&) const = default;
  void validate() const;  // throws invalidArgument, naming the field and its range
};

// (N, inputChannels, H, W) to (N, 1, h, w): one prediction for each patch that it sees. NetD::styleGan2 gives
// (N, 1), and H and W are its resolution.
class Discriminator : public torch::nn::Module {
 public:
  explicit Discriminator(const DiscriminatorSpec& spec);  // weights are zero until loaded or initialised

  at::Tensor forward(const at::Tensor& x);

  const DiscriminatorSpec& spec() const noexcept { return spec_; }
  // Of the state_dict, in the reference's order.
  const std::vector<std::string>& tensorNames() const noexcept { return names_; }

 private:
  void buildPatch();
  void buildPixel();
  void buildStyleGan();
  void addConvolution(std::int64_t inputs, std::int64_t outputs, std::int64_t kernel, std::int64_t stride,
                      bool bias);
  void addNorm(std::int64_t channels);
  void addLeakyRelu();
  void addDownsample(std::int64_t channels);
  template <typename M>
  void addModule(std::shared_ptr<M> module, const std::vector<const char*>& tensors);

  DiscriminatorSpec spec_;
  std::shared_ptr<torch::nn::Module> model_;  // "model", "net" of the pixel discriminator; else null
  std::string modelName_;
  std::vector<std::string> names_;
  std::vector<std::function<at::Tensor(at::Tensor)>> layers_;
};

}  // namespace cut::nets
