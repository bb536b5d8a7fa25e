// A picture split by scale (Burt and Adelson 1983).
#pragma once

#include <vector>

#include "trainer/data/picture.hpp"

namespace cut::trainer {

// A square picture of three channels, its side 16 times a power of two: levels of that side, half of it, ...
// 16. Each holds what the next cannot show; the last is the picture at 16x16 itself. Values are grey levels,
// [0, 255] before the split. Throws invalidArgument for other sizes.
std::vector<Planes> laplacianPyramid(const Picture& picture);

}  // namespace cut::trainer
