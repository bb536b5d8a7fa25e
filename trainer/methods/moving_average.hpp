// SPDX-License-Identifier: MIT
// An exponential moving average (EMA) of a network's weights, and the network with these weights.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <string>
#include <utility>
#include <vector>

#include "cuttranslate/tensor.hpp"
#include "nets/generator.hpp"

namespace cut::trainer {

// average = decay * average + (1 - decay) * weight after each step. Early averages would remember the
// initialisation: the decay grows as (1 + n) / (10 + n) up to its value, n the steps so far.
class MovingAverage {
 public:
  MovingAverage(const torch::nn::Module& module, double decay);  // decay in [0, 1); throws invalidArgument

  void update();

  // Under the module's names; buffers (running statistics, filters) are the module's own.
  StateDict weights() const;
  std::int64_t steps() const noexcept { return steps_; }
  // Throws wrongFile where a tensor is missing or has another shape.
  void restore(const StateDict& weights, std::int64_t steps);

 private:
  struct Pair {
    std::string name;
    at::Tensor source;
    at::Tensor average;
  };

  std::vector<Pair> pairs_;
  double decay_;
  std::int64_t steps_ = 0;
};

// While one lives, the generator is in evaluation mode and has the averaged weights, where there are any.
class EmaScope {
 public:
  EmaScope(nets::Generator& generator, const StateDict& average);
  ~EmaScope();
  EmaScope(const EmaScope&) = delete;
  EmaScope& operator=(const EmaScope&) = delete;

 private:
  nets::Generator& generator_;
  std::vector<std::pair<at::Tensor, at::Tensor>> trained_;  // a parameter and what it was
};

}  // namespace cut::trainer
