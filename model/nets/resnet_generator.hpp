// SPDX-License-Identifier: MIT
// The ResNet generator of CUT (Park et al. 2020; Johnson et al. 2016) under the reference's names.
#pragma once

#include <memory>
#include <string>

#include "nets/generator.hpp"

namespace cut::nets {

class ResnetGenerator final : public Generator {
 public:
  explicit ResnetGenerator(const GeneratorSpec& spec);

  void setWinograd(bool wanted) override;

 private:
  // One layer for each index of the reference's Sequential.
  template <typename M, typename... Args>
  void addModule(Args&&... args);
  void addConvolution(std::int64_t inputs, std::int64_t outputs, std::int64_t kernel, std::int64_t stride,
                      std::int64_t padding);
  void addNormRelu(std::int64_t channels);
  void addDown(std::int64_t channels);
  void addBlock(std::int64_t channels);
  void addUp(std::int64_t channels);
  std::string nextName() const;

  std::shared_ptr<torch::nn::Module> model_;  // holds the modules as "0", "1", ...
};

}  // namespace cut::nets
