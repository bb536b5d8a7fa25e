// The run-length coding of bitmaps with a palette.
#pragma once

#include <vector>

#include "pictures/bytes.hpp"

namespace cut::trainer {

enum class BmpRuns { eightBits, fourBits };

// (height, width) indices in the order of the file; those that are stepped over are 0. Throws wrongFile where
// a run leaves the picture, or the data end before it does.
std::vector<std::uint8_t> unpackBmpRuns(pictures::Bytes data, int width, int height, BmpRuns kind);

}  // namespace cut::trainer
