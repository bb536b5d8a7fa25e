// The options of a run in words.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "trainer/options/train_options.hpp"

namespace cut::trainer {

// Option and value of all that has one, in the order of --help; several values have ", " between them.
std::vector<std::pair<std::string, std::string>> configuration(const TrainOptions& options);

// A file that `cut-trainer train --config` reads back to the same options, but for `command` and `dryRun`,
// which say how a run was started and not what it is.
std::string configText(const TrainOptions& options);

}  // namespace cut::trainer
