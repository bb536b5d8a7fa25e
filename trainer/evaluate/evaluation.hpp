// `cut-trainer evaluate`: how near a model's pictures of A come to the pictures of B, and what they keep of
// A.
#pragma once

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "trainer/data/picture.hpp"
#include "trainer/evaluate/feature_scores.hpp"
#include "trainer/evaluate/laplacian_pyramid.hpp"
#include "trainer/options/model_options.hpp"

namespace cut::trainer {

// One number per pair of sets: G(A) and B is the score, the others tell what it is worth.
template <typename Distance>
struct Comparison {
  Distance translated;    // G(A) and B
  Distance untranslated;  // A and B: what a model that does nothing gets
  Distance halves;        // one half of B and the other, the mean of several splits: hardly to be beaten
};

struct EvaluationResult {
  std::string model;
  std::int64_t imagesA = 0;
  std::int64_t imagesB = 0;
  std::vector<std::string> skipped;  // a sentence for each image that could not be read
  int side = 0;                      // pixels: of the squares that are compared
  std::vector<int> levelSides;
  Comparison<PyramidDistance> distance;

  double structure = 0;            // [-1, 1], see ContentMeasures
  std::optional<double> blotches;  // grey levels
  double worstBorder = 0;          // grey levels, with its sign

  std::string features;  // the file; empty: without
  std::optional<Comparison<FeatureScores>> featureScores;
};

// Translates every image of A at its own size, as the element does it. Then short sides are brought to 256
// (Pillow's antialiased bicubic) and the middle 256x256 is compared. The same options and files give the same
// numbers on the same machine. Throws what findDomain and SharedModel::open throw, wrongFile for fewer than
// minImages readable images in a domain, internal for a score that is no finite number. Progress goes to
// `progress`, whose descriptor says whether it is a terminal.
EvaluationResult evaluate(const EvaluateOptions& options, std::ostream& progress, int descriptor);

inline constexpr std::int64_t minImages = 4;

// The square that is compared: the short side brought to `side` (Pillow's antialiased bicubic), then the
// middle.
Picture squareView(const Picture& picture, int side);

// A table for people, or JSON: see docs/training.md, "Evaluate".
void printTable(const EvaluationResult& result, std::ostream& out);
void printJson(const EvaluationResult& result, std::ostream& out);

}  // namespace cut::trainer
