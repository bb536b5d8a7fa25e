// Between our pictures (RGB) and OpenCV's matrices (BGR).
#pragma once

#include <algorithm>
#include <opencv2/core.hpp>

#include "trainer/data/picture.hpp"

namespace cut::trainer {

// (height, width, 3) BGR, or (height, width) for a picture of one channel.
inline cv::Mat toMatrix(const Picture& picture) {
  cv::Mat matrix(picture.height, picture.width, CV_8UC(picture.channels));
  for (int y = 0; y < picture.height; ++y) {
    const std::uint8_t* from = picture.row(y);
    std::uint8_t* to = matrix.ptr<std::uint8_t>(y);
    for (int x = 0; x < picture.width; ++x, from += picture.channels, to += picture.channels)
      std::reverse_copy(from, from + picture.channels, to);
  }
  return matrix;
}

// From (height, width, 3) of bytes, BGR.
inline Picture toPicture(const cv::Mat& bgr) {
  Picture picture(bgr.cols, bgr.rows, 3);
  for (int y = 0; y < picture.height; ++y) {
    const std::uint8_t* from = bgr.ptr<std::uint8_t>(y);
    std::uint8_t* to = picture.row(y);
    for (int x = 0; x < picture.width; ++x, from += 3, to += 3) std::reverse_copy(from, from + 3, to);
  }
  return picture;
}

}  // namespace cut::trainer
