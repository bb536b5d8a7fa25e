// The generator as it will be used, for a while.
#pragma once

#include <utility>
#include <vector>

#include "cuttranslate/tensor.hpp"
#include "nets/generator.hpp"

namespace cut::trainer {

// While one lives, the generator is in evaluation mode and has the averaged weights, where there are any.
class Averaged {
 public:
  Averaged(nets::Generator& generator, const StateDict& average);
  ~Averaged();
  Averaged(const Averaged&) = delete;
  Averaged& operator=(const Averaged&) = delete;

 private:
  nets::Generator& generator_;
  std::vector<std::pair<at::Tensor, at::Tensor>> own_;  // a parameter and what it was
};

}  // namespace cut::trainer
