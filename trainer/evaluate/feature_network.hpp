// SPDX-License-Identifier: MIT
// A TorchScript network that computes a feature vector of a picture.
#pragma once

#include <filesystem>
#include <memory>

#include "trainer/data/picture.hpp"
#include "trainer/evaluate/feature_scores.hpp"

namespace cut::trainer {

// A TorchScript file is a program that runs when it is loaded: use it only for files that the user names.
class FeatureNetwork {
 public:
  // Loads it onto the CPU. Throws notFound, wrongFile (not TorchScript), unsupported (built without
  // LibTorch).
  explicit FeatureNetwork(const std::filesystem::path& path);
  ~FeatureNetwork();
  FeatureNetwork(const FeatureNetwork&) = delete;
  FeatureNetwork& operator=(const FeatureNetwork&) = delete;

  // Runs the network on (1, 3, H, W) floats, RGB, [0, 255], and appends its output, flattened to one vector.
  // The output is a tensor, or tuples, lists and dictionaries of tensors. Throws wrongFile for other types,
  // another length than before, or values that are not finite.
  void append(const Picture& picture, Features& to);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cut::trainer
