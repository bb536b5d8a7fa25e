// SPDX-License-Identifier: MIT
// Model files with random weights, small enough to be made in a test.
#pragma once

#include <filesystem>

#include "cuttranslate/model_file.hpp"

namespace cut::test {

// Removed with what it holds when the test ends.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

// Spec: one block, ngf 2, the given channels; weights from a fixed seed, large enough to use the output's
// range.
ModelFile tinyModel(int inputChannels = 3, int outputChannels = 3, unsigned seed = 1);

// Any network with random weights of such a size that activations neither die nor explode, from a fixed seed;
// no sample.
ModelFile randomModel(const GeneratorSpec& spec, unsigned seed = 1);

// tinyModel written to `folder`/`name`; returns the path.
std::filesystem::path writeTinyModel(const std::filesystem::path& folder, const std::string& name = "tiny.pt",
                                     int inputChannels = 3, int outputChannels = 3);

}  // namespace cut::test
