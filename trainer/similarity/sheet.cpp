// SPDX-License-Identifier: MIT
#include "trainer/similarity/sheet.hpp"

#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "cuttranslate/error.hpp"

namespace cut::trainer {
namespace {

constexpr int gap = 6;                // pixels between cells
constexpr int line = 15;              // pixels of a line of text
constexpr double largestText = 0.42;  // of OpenCV's font, whose capitals are 22 pixels high

struct Size2 {
  std::int64_t width, height;
};

Size2 sizeOf(const std::vector<SheetRow>& rows) {
  Size2 size{gap, gap};
  for (const SheetRow& row : rows) {
    std::int64_t width = gap;
    int height = 0;
    for (const SheetCell& cell : row) {
      width += cell.picture.width + gap;
      height = std::max(height, cell.picture.height);
    }
    size.width = std::max(size.width, width);
    size.height += height + 2 * line + gap;
  }
  return size;
}

// Of the width of the picture at most: longer words become smaller.
void write(cv::Mat& sheet, const std::string& text, int left, int top, int width) {
  int below = 0;
  const int natural = cv::getTextSize(text, cv::FONT_HERSHEY_SIMPLEX, largestText, 1, &below).width;
  const double scale = natural > width ? largestText * width / natural : largestText;
  cv::putText(sheet, text, {left, top + line - 4}, cv::FONT_HERSHEY_SIMPLEX, scale, cv::Scalar::all(0), 1,
              cv::LINE_AA);
}

}  // namespace

Picture drawSheet(const std::vector<SheetRow>& rows) {
  const Size2 size = sizeOf(rows);
  if (size.width > maxPixels || size.height > maxPixels / size.width)
    throw Error(ErrorKind::invalidArgument, "the sheet would have " + std::to_string(size.width) + " x " +
                                                std::to_string(size.height) +
                                                " pixels; expected fewer points or images, or a smaller "
                                                "--display_winsize");
  Picture sheet(size.width, size.height, 3);
  std::fill(sheet.pixels.begin(), sheet.pixels.end(), std::uint8_t{255});
  cv::Mat view(sheet.height, sheet.width, CV_8UC3, sheet.pixels.data());
  int top = gap;
  for (const SheetRow& row : rows) {
    int left = gap;
    int height = 0;
    for (const SheetCell& cell : row) {
      const Picture& picture = cell.picture;
      write(view, cell.above, left, top, picture.width);
      for (int y = 0; y < picture.height; ++y)
        std::copy_n(picture.row(y), picture.rowBytes(),
                    sheet.row(top + line + y) + 3 * static_cast<std::size_t>(left));
      write(view, cell.below, left, top + line + picture.height, picture.width);
      left += picture.width + gap;
      height = std::max(height, picture.height);
    }
    top += height + 2 * line + gap;
  }
  return sheet;
}

}  // namespace cut::trainer
