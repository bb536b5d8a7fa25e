// What `cut-trainer test` was told: the reference's page of results on a data set's test images.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "cuttranslate/engine.hpp"

namespace cut::trainer {

// Names are the reference's options, in camelCase. Network options are not among them: the weights say them.
struct TestOptions {
  // Which model
  std::filesystem::path model;  // empty: the run `name`'s, as weights() says
  std::string name = "experiment_name";
  std::filesystem::path checkpointsDir = "checkpoints";
  std::string epoch = "latest";  // of the run: latest, an epoch's number, or iter_N

  // Which images
  std::filesystem::path dataroot;  // with testA; testB (or valA, valB) is shown where it is there
  std::vector<std::filesystem::path> dataA, dataB;  // instead
  std::string phase = "test";
  std::string direction = "AtoB";  // BtoA translates the images of B
  std::int64_t maxDatasetSize = std::numeric_limits<std::int64_t>::max();
  std::int64_t numTest = 50;  // images at most

  // How they are prepared; nothing is mirrored, the network is in evaluation mode
  bool exifOrientation = false;  // images are turned as their EXIF data say
  std::string preprocess = "resize_and_crop";
  int loadSize = 256;
  int loadHeight = 0;  // 0: load_size
  int cropSize = 256;
  std::uint64_t seed = 0;  // of random crops
  bool referenceQuirks = false;

  // The page: resultsDir/name/phase_epoch/index.html
  std::filesystem::path resultsDir = "results";
  int displayWinsize = 256;  // pixels: the width of a picture on the page

  EngineOptions engine;

  void validate() const;  // throws invalidArgument: what is missing, or contradicts itself

  std::filesystem::path weights() const {
    return model.empty() ? checkpointsDir / name / (epoch + "_net_G.pth") : model;
  }
  std::filesystem::path folder() const { return resultsDir / name / (phase + "_" + epoch); }
};

}  // namespace cut::trainer
