// SPDX-License-Identifier: MIT
// Similarities as colours over a picture.
#pragma once

#include <cstdint>
#include <vector>

#include "trainer/data/picture.hpp"
#include "trainer/options/similarity_options.hpp"

namespace cut::trainer {

// The cells of a layer's map, row by row.
struct CellValues {
  int width = 0;
  int height = 0;
  std::vector<float> values;
};

// In [0, 1], 1 at the most similar cell. exponential: exp((s - max s) / temperature), the paper's
// exp(s / temperature) up to its scale; cosine: from the least similar cell to the most similar one.
CellValues heatOf(CellValues similarities, SimilarityScale scale, double temperature);

// `heat` in the colours of viridis, which are even to the eye, over the grey picture. The cells lie evenly
// over coveredWidth x coveredHeight pixels, of which the picture is the upper left part. A pixel that several
// cells fall on shows the hottest: a single similar place stays visible in a small picture.
Picture overlaid(const Picture& picture, const CellValues& heat, double coveredWidth, double coveredHeight);

// A ring round the pixel, black and white, which no picture and no colour of viridis hides.
void markPoint(Picture& picture, double x, double y);

// To that width, the aspect ratio kept; RGB.
Picture scaledToWidth(const Picture& picture, int width);

}  // namespace cut::trainer
