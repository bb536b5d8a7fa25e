// SPDX-License-Identifier: MIT
#include "trainer/schedule/learning_rate.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "cuttranslate/error.hpp"

namespace cut::trainer {
namespace {

// Of PyTorch's ReduceLROnPlateau as the reference sets it.
constexpr double plateauFactor = 0.2;
constexpr double plateauThreshold = 0.01;
constexpr int plateauPatience = 5;

}  // namespace

void RateOptions::validate() const {
  if (!(initial >= 0)) throw Error(ErrorKind::invalidArgument, "lr is negative; expected 0 or more");
  if (epochs < 0 || decayEpochs < 0 || epochs + decayEpochs < 1)
    throw Error(ErrorKind::invalidArgument,
                "n_epochs and n_epochs_decay are expected to be 0 or more, and 1 together");
  if (decayInterval < 1)
    throw Error(ErrorKind::invalidArgument, "lr_decay_iters is expected to be 1 or more");
}

LearningRate::LearningRate(const RateOptions& options) : options_(options) {
  options_.validate();
}

double LearningRate::at(int epoch) const {
  const int done = epoch - 1;  // epochs completed
  switch (options_.policy) {
    case RatePolicy::linear:
      return options_.initial *
             (1 - std::max(0, epoch - options_.epochs) / static_cast<double>(options_.decayEpochs + 1));
    case RatePolicy::step:
      return options_.initial * std::pow(0.1, done / options_.decayInterval);
    case RatePolicy::cosine: {
      const int period = options_.referenceQuirks ? options_.epochs : options_.epochs + options_.decayEpochs;
      return options_.initial * 0.5 * (1 + std::cos(std::numbers::pi * done / std::max(period, 1)));
    }
    case RatePolicy::plateau:
      return options_.initial * state_.factor;
  }
  throw Error(ErrorKind::internal, "a learning-rate policy without a rule");
}

void LearningRate::epochEnded(double loss) {
  if (options_.policy != RatePolicy::plateau) return;
  const double watched = options_.referenceQuirks ? 0 : loss;
  if (state_.waited < 0 || watched < state_.best * (1 - plateauThreshold)) {
    state_.best = watched;
    state_.waited = 0;
    return;
  }
  if (++state_.waited <= plateauPatience) return;
  state_.factor *= plateauFactor;
  state_.waited = 0;
}

double warmUpRate(std::int64_t number, std::int64_t steps) noexcept {
  const double done = static_cast<double>(number) / static_cast<double>(steps);
  const double risen = (done + 1 / static_cast<double>(steps)) / warmUpRise;
  return warmUpPeakRate * std::min(1.0, risen) * (1 - done);
}

}  // namespace cut::trainer
