// SPDX-License-Identifier: MIT
// What the training loop knows of a method: its networks, optimisers, losses and state, by name only.
#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>
#include <torch/optim/adam.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "cuttranslate/tensor.hpp"
#include "nets/generator.hpp"
#include "trainer/methods/encoder_view.hpp"

namespace cut::trainer {

// A column of losses.csv, and under the same name a curve of the page and of TensorBoard.
struct LossColumn {
  std::string name;
  bool isObjective = false;  // what the generator minimises, the sum of others; true for one column
};

// A network that is saved: "<name>.*" in checkpoints, <epoch>_net_<name>.pth as weights.
struct NamedNetwork {
  std::string name;
  std::string description;             // architecture and width, for --dry_run
  torch::nn::Module* module;           // owned by the method
  std::vector<std::string> stateKeys;  // of the weights file, in the reference's order
};

// Saved in checkpoints as "<name>.*".
struct NamedOptimizer {
  std::string name;
  torch::optim::Adam* adam;  // owned by the method
  double rateRatio = 1;      // of its learning rate to that of setLearningRate
};

// Images (N, C, H, W) in [-1, 1] on the networks' device.
struct StepInput {
  at::Tensor realA, realB;
  at::Generator random;  // on the CPU, seeded for this step: a resumed run draws the same numbers
  std::int64_t epoch = 1, epochs = 1;                    // the epoch, from 1, and how many there will be
  std::vector<std::int64_t> imagesA = {}, imagesB = {};  // which they are, from 0; empty: unknown
};

struct StepResult {
  std::vector<double> losses;  // means over the batch, in the order of lossColumns()
};

// The first epoch's pairs (1, C, H, W) on the CPU, for what is initialised from data.
struct TrainingPairs {
  std::int64_t count = 0;
  std::function<std::pair<at::Tensor, at::Tensor>(std::int64_t)> get;
};

using NamedImages = std::vector<std::pair<std::string, at::Tensor>>;

class Method {
 public:
  virtual ~Method() = default;
  Method(const Method&) = delete;
  Method& operator=(const Method&) = delete;

  // The losses that its options switch on; the same for the method's whole life.
  virtual std::span<const LossColumn> lossColumns() const noexcept = 0;
  // Those that it owns, in the order of checkpoints.
  virtual std::vector<NamedNetwork> networks() const = 0;
  virtual std::vector<NamedOptimizer> optimizers() = 0;
  // The one that translates A to B: what is averaged, previewed and exported to model.pt.
  virtual nets::Generator& generator() const noexcept = 0;

  // One optimisation step of every network, at the rate of setLearningRate.
  virtual StepResult step(const StepInput& input) = 0;

  // Called once, before the first step and before restore(). Returns what the user should know of it, a
  // sentence each. A function of the data alone: a resumed run calls it again.
  virtual std::vector<std::string> initialiseFromData(const TrainingPairs& pairs);

  // The method whose steps come before the first epoch, on the same generator; null where there is none.
  virtual Method* warmUp() noexcept { return nullptr; }

  // Labelled images that the page shows of a pair, each (1, C, H, W). By default real A, fake B, real B and,
  // where the generator takes B's channels, identity B. The generator is in evaluation mode.
  virtual NamedImages preview(const at::Tensor& realA, const at::Tensor& realB);

  // What it compares patches by, for --similarity_points; nothing for a method that compares none.
  virtual std::optional<EncoderView> encoderView() const { return std::nullopt; }

  // Networks and optimisers as named tensors: enough to resume bit for bit. A method with more state (image
  // pools, queues) appends it.
  virtual StateDict state();
  // Throws wrongFile where a tensor is missing or of another shape; the method is then not to be used.
  virtual void restore(const StateDict& state);

  void setLearningRate(double rate);                   // of every optimiser
  std::size_t objectiveIndex() const;                  // of the objective in lossColumns()
  std::string nameOf(const torch::nn::Module&) const;  // of one of networks()

 protected:
  Method() = default;
};

}  // namespace cut::trainer
