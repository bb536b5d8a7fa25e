// SPDX-License-Identifier: MIT
// checkpoint.pt: a training run's state in one file, replaced atomically.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "cuttranslate/tensor.hpp"
#include "trainer/schedule/learning_rate.hpp"

namespace cut::trainer {

// A run's counters. Together with the seed they determine its random draws and data order.
struct TrainingProgress {
  std::uint64_t seed = 0;
  std::int64_t warmupSteps = 0;    // of the warm-up, made
  std::int64_t steps = 0;          // of the method, made by this run and those it resumes
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
  StateDict tensors;  // of the method, its warm-up and the moving average
};

// For the error of a run that has diverged: which checkpoint to resume and what to change, in sentences.
std::string lastGoodState(const std::filesystem::path& checkpoint);

// Tensors in PyTorch's zip format, progress among them under "progress.": torch.load(weights_only=True) reads
// it. Throws io where it cannot be written; the previous file stays. Throws mismatch where a weight
// is not finite: a checkpoint that cannot be resumed must not replace one that can.
void writeCheckpoint(const std::filesystem::path& path, const Checkpoint& checkpoint);

// Throws notFound, io, or wrongFile.
Checkpoint readCheckpoint(const std::filesystem::path& path);

}  // namespace cut::trainer
