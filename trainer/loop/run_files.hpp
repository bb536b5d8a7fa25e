// Where a run keeps its state.
#pragma once

#include <optional>

#include "trainer/checkpoint/checkpoint_file.hpp"
#include "trainer/options/train_options.hpp"

namespace cut::trainer {

std::filesystem::path checkpointFile(const TrainOptions& options);

// Of the run that --continue_train goes on with; nothing where there is none. Throws what readCheckpoint
// throws.
std::optional<Checkpoint> findCheckpoint(const TrainOptions& options);

}  // namespace cut::trainer
