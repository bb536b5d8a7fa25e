// What `cut-trainer evaluate` was told: a score of a model's pictures of A against the pictures of B.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "cuttranslate/engine.hpp"

namespace cut::trainer {

struct EvaluateOptions {
  std::filesystem::path model;                      // model.pt, or a .pth of the reference
  std::filesystem::path dataroot;                   // with testA and testB (or valA and valB)
  std::vector<std::filesystem::path> dataA, dataB;  // instead, or besides
  std::string phase = "test";
  std::string direction = "AtoB";  // BtoA exchanges the domains
  std::int64_t maxImages = 0;      // of each domain; 0: all
  bool exifOrientation = false;    // images are turned as their EXIF data say
  std::filesystem::path features;  // a TorchScript network, for FID and KID; empty: without
  std::uint64_t seed = 0;          // of the projections and the subsets
  bool json = false;               // print JSON
  EngineOptions engine;

  void validate() const;  // throws invalidArgument: what is missing, or contradicts itself
};

}  // namespace cut::trainer
