// SPDX-License-Identifier: MIT
// The options of `cut-trainer compare`: methods that are trained on equal terms.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "trainer/options/train_options.hpp"

namespace cut::trainer {

struct ComparedMethod {
  std::string name;                    // of its run below the comparison's folder, and on the page
  TrainOptions options;                // resolved; without the limits of time and steps
  std::vector<std::string> arguments;  // of `cut-trainer train`, which make these options
};

struct CompareOptions {
  // What
  std::string methodList;  // as it was given: "cut,fastcut,street.toml"
  std::vector<ComparedMethod> methods;
  double maxMinutes = 0;      // of wall time, for each; 0: no limit
  std::int64_t maxSteps = 0;  // of each; 0: no limit
  int evaluations = 4;        // at equal distances of time, or of steps where maxMinutes is 0

  // Where
  std::string name = "comparison";
  std::filesystem::path checkpointsDir = "checkpoints";

  // Held-out images; both empty: testA and testB of the data root
  std::vector<std::filesystem::path> testA, testB;
  std::int64_t maxImages = 0;      // of each domain, for the distances; 0: all
  int numTest = 4;                 // pictures on the page
  std::filesystem::path features;  // a TorchScript network, for FID and KID; empty: without

  bool dryRun = false;

  void validate() const;  // throws invalidArgument: what is missing, or contradicts itself

  std::filesystem::path folder() const { return checkpointsDir / name; }
  const TrainOptions& common() const { return methods.front().options; }  // for what all have alike
};

}  // namespace cut::trainer
