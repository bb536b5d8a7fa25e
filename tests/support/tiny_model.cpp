#include "tiny_model.hpp"

#include <stdlib.h>

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
