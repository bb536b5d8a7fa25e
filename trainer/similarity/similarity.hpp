// SPDX-License-Identifier: MIT
// `cut-trainer similarity`: a sheet of what an encoder takes for alike.
#pragma once

#include <ostream>

#include "trainer/options/similarity_options.hpp"

namespace cut::trainer {

// Writes the sheet, and a line for each point and map to `numbers`. Notices go to `progress`. Throws
// invalidArgument for a point outside an image, layers that the generator lacks, or heads of other layers;
// unsupported for a network without a row of layers; otherwise as readModelFile, readImage and writeImage do.
void similarity(const SimilarityOptions& options, std::ostream& numbers, std::ostream& progress);

}  // namespace cut::trainer
