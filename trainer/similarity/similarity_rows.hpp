// SPDX-License-Identifier: MIT
// For chosen points of a picture: the picture, its translation, and what each layer takes for alike.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "trainer/data/picture.hpp"
#include "trainer/methods/encoder_view.hpp"
#include "trainer/options/similarity_options.hpp"

namespace cut::trainer {

// What a map says of the point's own place.
struct SimilarityFigures {
  float least = 0, most = 0;                  // of all cells
  float own = 0;                              // of the cell at the point's place
  std::int64_t rank = 1;                      // cells that are more similar than it, and 1
  std::int64_t cells = 1;                     // of the map
  double mostSimilarX = 0, mostSimilarY = 0;  // middle of the most similar cell, in parts of the sides
};

struct SimilarityCell {
  std::string label;  // "layer 4", "layer 4 through H"
  Picture picture;
  SimilarityFigures figures;
};

struct SimilarityRow {
  Picture query, keys;  // with the point marked; `query` is empty where the picture itself is the query
  std::vector<SimilarityCell> cells;
};

// all: the layers, then the layers through their heads. compared: what PatchNCE compares, so through the
// heads where there are heads.
enum class ShownMaps { all, compared };

struct SimilarityDrawing {
  QuerySide query = QuerySide::output;
  SimilarityScale scale = SimilarityScale::exponential;
  ShownMaps maps = ShownMaps::all;
  int width = 256;  // pixels of each picture
};

// One row for each point, which are parts of the sides. `image`: (1, C, H, W) in [-1, 1] on the generator's
// device, of any sides from 16: it is padded by reflection to what the generator takes. The generator is in
// evaluation mode. Throws unsupported for a query in the output of a generator whose output it cannot read.
std::vector<SimilarityRow> similarityRows(const EncoderView& view, const at::Tensor& image,
                                          std::span<const PicturePoint> points,
                                          const SimilarityDrawing& drawing);

// The first image of (N, C, H, W) in [-1, 1], as RGB (one channel thrice): round((clamp(x, -1, 1) + 1) *
// 127.5).
Picture toPicture(const at::Tensor& images);

}  // namespace cut::trainer
