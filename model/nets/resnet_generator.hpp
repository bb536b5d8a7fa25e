// The ResNet generator of CUT (Park et al. 2020; Johnson et al. 2016) under the reference's names.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "cut/spec.hpp"

namespace cut::nets {

class ResnetGenerator : public torch::nn::Module {
 public:
  explicit ResnetGenerator(const GeneratorSpec& spec);  // weights are zero until loaded or initialised

  // (N, inputChannels, H, W) in [-1, 1], sides multiples of 4 and at least 8, to (N, outputChannels, H, W).
  at::Tensor forward(const at::Tensor& x);

  // The maps after each of `layers`, in the order of the layers; stops after the last. A layer is an index
  // into the reference's Sequential: 0 is the padded image, and indices shift with noAntialias and
  // noAntialiasUp. -1 is the output. As in the reference, whose ReLU works in place, an index of a
  // normalisation gives the map after its ReLU. Throws invalidArgument for an index that the generator does
  // not have.
  std::vector<at::Tensor> encode(const at::Tensor& x, std::vector<std::int64_t> layers);

  // Both in one pass: the output, and in `maps` what encode would give.
  at::Tensor forwardWithMaps(const at::Tensor& x, std::vector<std::int64_t> layers,
                             std::vector<at::Tensor>& maps);

  const GeneratorSpec& spec() const noexcept { return spec_; }
  std::int64_t layerCount() const noexcept { return static_cast<std::int64_t>(layers_.size()); }

 private:
  // Given its input to keep: where nobody else holds it, a layer may write over it.
  using Layer = std::function<at::Tensor(at::Tensor)>;

  // Sorted, -1 resolved, range checked.
  std::vector<std::int64_t> resolved(std::vector<std::int64_t> layers) const;
  // Layers [0, end) from x; maps after each of the resolved `wanted`.
  at::Tensor run(const at::Tensor& x, std::int64_t end, const std::vector<std::int64_t>& wanted,
                 std::vector<at::Tensor>& maps);
  template <typename M, typename... Args>
  void addModule(Args&&... args);
  void addConvolution(std::int64_t inputs, std::int64_t outputs, std::int64_t kernel, std::int64_t stride,
                      std::int64_t padding);
  void addNormRelu(std::int64_t channels);
  void addDown(std::int64_t channels);
  void addBlock(std::int64_t channels);
  void addUp(std::int64_t channels);
  std::string nextName() const;

  GeneratorSpec spec_;
  std::shared_ptr<torch::nn::Module> model_;  // holds the modules as "0", "1", ...
  std::vector<Layer> layers_;                 // one for each index of the reference's Sequential
};

}  // namespace cut::nets
