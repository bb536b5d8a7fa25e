// A TorchScript network that makes a feature vector of a picture.
#pragma once

#include <filesystem>
#include <memory>

#include "trainer/data/picture.hpp"
#include "trainer/evaluate/feature_scores.hpp"

namespace cut::trainer {

// A TorchScript file is a program: opening one runs what it says. Only for files that the user names as such.
class FeatureNetwork {
 public:
  // Loads it onto the CPU. Throws notFound, wrongFile (not TorchScript), unsupported (built without
  // LibTorch).
  explicit FeatureNetwork(const std::filesystem::path& path);
  ~FeatureNetwork();
  FeatureNetwork(const FeatureNetwork&) = delete;
  FeatureNetwork& operator=(const FeatureNetwork&) = delete;

  // Gives the network (1, 3, H, W) floats, RGB, [0, 255]; takes all numbers of what it returns, a tensor or
  // tuples, lists and dictionaries of them, as one vector and appends it. Throws wrongFile where it returns
  // anything else, another length than before, or what is not finite.
  void append(const Picture& picture, Features& to);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cut::trainer
