// SPDX-License-Identifier: MIT
// The options of the commands that run a model: translate, test, evaluate.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "cuttranslate/engine.hpp"
#include "trainer/data/preprocess.hpp"
#include "trainer/options/choices.hpp"

namespace cut::trainer {

// Images, folders and videos through a model, without a data set's layout.
struct TranslateOptions {
  std::filesystem::path model;   // model.pt, or a .pth of the reference
  std::filesystem::path input;   // an image, a folder or a video
  std::filesystem::path output;  // the same kind as `input`; a folder is made if it is not there
  bool overwrite = false;        // otherwise what is there already is an error
  bool exifOrientation = false;  // images are turned as their EXIF data say
  EngineOptions engine;

  void validate() const;  // throws invalidArgument: what is missing
};

// The reference's page of results on a data set's test images. Names are the reference's options, in
// camelCase. Network options are not among them: the weights say them.
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
  Direction direction = Direction::aToB;  // bToA translates the images of B
  std::int64_t maxDatasetSize = std::numeric_limits<std::int64_t>::max();
  std::int64_t numTest = 50;  // images at most

  // How they are prepared; nothing is mirrored, the network is in evaluation mode
  bool exifOrientation = false;  // images are turned as their EXIF data say
  PreprocessMode preprocess = "resize_and_crop";
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

// Mirrors nothing.
inline PreprocessOptions preprocessOptions(const TestOptions& options) {
  return {.mode = options.preprocess,
          .loadSize = options.loadSize,
          .loadHeight = options.loadHeight,
          .cropSize = options.cropSize,
          .flip = false,
          .referenceQuirks = options.referenceQuirks};
}

// A score of a model's pictures of A against the pictures of B.
struct EvaluateOptions {
  std::filesystem::path model;                      // model.pt, or a .pth of the reference
  std::filesystem::path dataroot;                   // with testA and testB (or valA and valB)
  std::vector<std::filesystem::path> dataA, dataB;  // instead, or besides
  std::string phase = "test";
  Direction direction = Direction::aToB;
  std::int64_t maxImages = 0;      // of each domain; 0: all
  bool exifOrientation = false;    // images are turned as their EXIF data say
  std::filesystem::path features;  // a TorchScript network, for FID and KID; empty: without
  std::uint64_t seed = 0;          // of the projections and the subsets
  bool json = false;               // print JSON
  EngineOptions engine;

  void validate() const;  // throws invalidArgument: what is missing, or contradicts itself
};

}  // namespace cut::trainer
