// SPDX-License-Identifier: MIT
// Learning-rate schedules: a rate for each epoch, and for each step of the warm-up.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace cut::trainer {

enum class RatePolicy { linear, step, cosine, plateau };

// The reference's word for it.
constexpr std::string_view nameOf(RatePolicy policy) noexcept {
  constexpr std::array<std::string_view, 4> names{"linear", "step", "cosine", "plateau"};
  return names[static_cast<std::size_t>(policy)];
}

struct RateOptions {
  RatePolicy policy = RatePolicy::linear;
  double initial = 2e-4;
  int epochs = 200;              // n_epochs: at the full rate (linear)
  int decayEpochs = 200;         // n_epochs_decay: to zero after them (linear)
  int decayInterval = 50;        // lr_decay_iters: epochs between steps to a tenth (step)
  bool referenceQuirks = false;  // cosine climbs back after n_epochs; plateau watches a constant

  void validate() const;  // throws invalidArgument
};

// The rate of each epoch. plateau needs to be told of the epochs in order; the others depend on the epoch
// alone.
class LearningRate {
 public:
  explicit LearningRate(const RateOptions& options);

  // Of epoch 1, 2, ...: linear falls from the last full epoch to 0 behind the last; cosine falls to 0 over
  // all epochs.
  double at(int epoch) const;

  // plateau: `loss` (the generator's mean of an epoch) has not become 1 % better for 5 epochs: the rate falls
  // to a fifth. No effect on other policies.
  void epochEnded(double loss);

  // plateau's state, for checkpoints.
  struct State {
    double factor = 1;
    double best = 0;
    int waited = -1;  // epochs without improvement; -1 before the first
    bool operator==(const State&) const = default;
  };
  const State& state() const noexcept { return state_; }
  void restore(const State& state) noexcept { state_ = state; }

 private:
  RateOptions options_;
  State state_;
};

// Of the warm-up, which has a schedule of its own over its steps.
inline constexpr double warmUpPeakRate = 1e-3;
inline constexpr double warmUpRise = 0.2;

// The rate of the `number`-th of `steps`, from 0: it rises linearly to the peak over the share warmUpRise of
// them, and falls to 0 over all. A step that is too long saturates the tanh of a generator without norms for
// good.
double warmUpRate(std::int64_t number, std::int64_t steps) noexcept;

}  // namespace cut::trainer
