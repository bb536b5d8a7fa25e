// SPDX-License-Identifier: MIT
#include "tiny_model.hpp"

#include <stdlib.h>

#include <cmath>
#include <numeric>
#include <random>
#include <stdexcept>

namespace cut::test {

namespace fs = std::filesystem;

TemporaryFolder::TemporaryFolder() {
  std::string name = (fs::temp_directory_path() / "cut-test-XXXXXX").string();
  if (!mkdtemp(name.data())) throw std::runtime_error("cannot make a temporary folder");
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

namespace {

// The learning rate of StyleGAN2's weights is equalized: they are N(0, 1), and scaled when they are used.
bool isEqualized(const GeneratorSpec& spec, const TensorInfo& info) {
  return spec.architecture.ends_with("stylegan2") && info.shape.size() >= 4 && info.name.ends_with("weight");
}

std::vector<float> randomValues(const GeneratorSpec& spec, const TensorInfo& info, std::mt19937& random) {
  const auto count =
      std::accumulate(info.shape.begin(), info.shape.end(), std::int64_t{1}, std::multiplies<>());
  std::normal_distribution<float> normal;
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) value = normal(random);
  if (isEqualized(spec, info)) return values;
  if (info.shape.size() == 4 && info.name.ends_with("weight")) {
    const float size = std::sqrt(2 * static_cast<float>(info.shape[0]) / static_cast<float>(count));
    for (float& value : values) value *= size;
  } else if (info.name.ends_with("running_var")) {
    for (float& value : values) value = 1 + 0.5F * std::abs(value);
  } else {
    for (float& value : values) value = (info.name.ends_with("weight") ? 1.0F : 0.0F) + 0.2F * value;
  }
  return values;
}

}  // namespace

ModelFile randomModel(const GeneratorSpec& spec, unsigned seed) {
  ModelFile model;
  model.spec = spec;
  model.origin = "random numbers";
  std::mt19937 random(seed);
  for (const TensorInfo& info : expectedTensors(spec))
    if (!info.optional)
      model.weights.emplace_back(info.name, fromFloats(info.shape, randomValues(spec, info, random)));
  return model;
}

ModelFile tinyModel(int inputChannels, int outputChannels, unsigned seed) {
  ModelFile model;
  model.spec = {.blocks = 1, .inputChannels = inputChannels, .outputChannels = outputChannels, .ngf = 2};
  model.licence = "CC0-1.0";
  model.origin = "random numbers";
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, 0.5F);
  for (const TensorInfo& info : expectedTensors(model.spec)) {
    if (info.optional) continue;
    const auto count =
        std::accumulate(info.shape.begin(), info.shape.end(), std::int64_t{1}, std::multiplies<>());
    std::vector<float> values(static_cast<std::size_t>(count));
    for (float& value : values) value = normal(random);
    model.weights.emplace_back(info.name, fromFloats(info.shape, values));
  }
  return model;
}

fs::path writeTinyModel(const fs::path& folder, const std::string& name, int inputChannels,
                        int outputChannels) {
  fs::path path = folder / name;
  writeModelFile(path, tinyModel(inputChannels, outputChannels));
  return path;
}

}  // namespace cut::test
