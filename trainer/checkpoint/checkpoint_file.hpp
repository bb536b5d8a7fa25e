// A training run's state as one file: whole or absent under its name.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "cuttranslate/tensor.hpp"
#include "trainer/schedule/learning_rate.hpp"

namespace cut::trainer {

// Where a run is. With the seed it says everything that random draws and the data order depend on.
struct TrainingProgress {
  std::uint64_t seed = 0;
  std::int64_t warmupSteps = 0;    // of the warm-up, done
  std::int64_t steps = 0;          // of the method, done by this run and those it continues
  std::int64_t epoch = 1;          // of the next step
  std::int64_t stepOfEpoch = 0;    // of the next step, from 0
  std::int64_t stepsPerEpoch = 0;  // as the data set was
  std::int64_t averaged = 0;       // steps in the moving average
  double lossOfEpoch = 0;          // sum of the generator's loss over this epoch's steps, for plateau
  LearningRate::State rate;

  bool operator==(const TrainingProgress&) const = default;
};

struct Checkpoint {
  TrainingProgress progress;
  StateDict tensors;  // networks, optimisers, average: whatever the run put there
};

// Of a run that has diverged: where to go on from, and what to change; sentences.
std::string lastGoodState(const std::filesystem::path& checkpoint);

// Tensors in PyTorch's zip format, progress among them under "progress.": torch.load(weights_only=True) reads
// it. Throws io where it cannot be written; the file before it stays. Throws mismatch where a weight
// is not finite: what cannot be gone on from must not replace what can.
void writeCheckpoint(const std::filesystem::path& path, const Checkpoint& checkpoint);

// Throws notFound, io, or wrongFile.
Checkpoint readCheckpoint(const std::filesystem::path& path);

}  // namespace cut::trainer
