// SPDX-License-Identifier: MIT
// Pictures in rows and columns with words above and below each.
#pragma once

#include <string>
#include <vector>

#include "trainer/data/picture.hpp"

namespace cut::trainer {

struct SheetCell {
  Picture picture;    // RGB; the cells of a row have one height, all cells one width
  std::string above;  // ASCII
  std::string below;
};

using SheetRow = std::vector<SheetCell>;

// White where nothing is. Throws invalidArgument where there are more than maxPixels.
Picture drawSheet(const std::vector<SheetRow>& rows);

}  // namespace cut::trainer
