// SPDX-License-Identifier: MIT
// `cut-trainer evaluate`: distances between a model's translations of A and the domain B, and what the
// translations keep of A.
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

// The distance of G(A) and B is the score; the others put it into proportion.
template <typename Distance>
struct Comparison {
  Distance translated;      // G(A) and B
  Distance colourTransfer;  // ColourTransfer of A and B: what a colour filter reaches
  Distance untranslated;    // A and B: the score of the identity
  Distance halves;          // two halves of B, mean over random splits: a lower bound in practice
};

// What becomes of A, see ContentMeasures.
struct ContentScores {
  double structure = 0;            // [-1, 1]
  std::optional<double> blotches;  // grey levels
  double worstBorder = 0;          // grey levels, with its sign
};

struct EvaluationResult {
  std::string model;
  std::int64_t imagesA = 0;
  std::int64_t imagesB = 0;
  std::vector<std::string> skipped;  // one message for each image that could not be read
  int side = 0;                      // of the compared squares, in pixels
  std::vector<int> levelSides;
  Comparison<PyramidDistance> distance;

  ContentScores translated;      // of G(A)
  ContentScores colourTransfer;  // of A in the colours of B

  std::string features;  // file of the feature network; empty: none
  std::optional<Comparison<FeatureScores>> featureScores;
};

// Translates every image of A at its own size, as the element does, and compares squareView() of 256x256. The
// same scores are given to ColourTransfer with the statistics of all pixels of these images of A and of B;
// for it A is read twice. Deterministic on one machine. Throws as findDomain and SharedModel::open do,
// wrongFile for fewer than minImages readable images in a domain, internal for a score that is not finite.
// `progress` is written to; `descriptor` tells whether it is a terminal.
EvaluationResult evaluate(const EvaluateOptions& options, std::ostream& progress, int descriptor);

inline constexpr std::int64_t minImages = 4;

// The short side resized to `side` (Pillow's antialiased bicubic), then the centre crop of side x side.
Picture squareView(const Picture& picture, int side);

// As a table, or as JSON: see docs/training.md, "Evaluate".
void printTable(const EvaluationResult& result, std::ostream& out);
void printJson(const EvaluationResult& result, std::ostream& out);

}  // namespace cut::trainer
