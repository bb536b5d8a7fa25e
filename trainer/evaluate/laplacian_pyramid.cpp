#include "trainer/evaluate/laplacian_pyramid.hpp"

#include <bit>
#include <opencv2/imgproc.hpp>
#include <string>

#include "cuttranslate/error.hpp"

namespace cut::trainer {
namespace {

constexpr int smallestSide = 16;

void check(const Picture& picture) {
  const int side = picture.width;
  const bool halves = side % smallestSide == 0 && std::has_single_bit(unsigned(side / smallestSide));
  if (side == picture.height && picture.channels == 3 && halves) return;
  throw Error(ErrorKind::invalidArgument,
              "Laplacian pyramid: expected three channels and a square side of 16, 32, 64, ..., got " +
                  std::to_string(picture.channels) + " channels, " + std::to_string(picture.width) + " x " +
                  std::to_string(picture.height));
}

cv::Mat toFloats(const Picture& picture) {
  cv::Mat matrix(picture.height, picture.width, CV_32FC3);
  for (int y = 0; y < picture.height; ++y)
    std::copy_n(picture.row(y), picture.rowBytes(), matrix.ptr<float>(y));
  return matrix;
}

Planes toPlanes(const cv::Mat& matrix) {
  const int side = matrix.rows;
  Planes planes{.batch = 1, .channels = 3, .height = side, .width = side, .values = {}};
  planes.values.resize(static_cast<std::size_t>(side) * side * 3);
  for (int c = 0; c < 3; ++c)
    for (int y = 0; y < side; ++y)
      for (int x = 0; x < side; ++x)
        planes.values[(static_cast<std::size_t>(c) * side + y) * side + x] = matrix.at<cv::Vec3f>(y, x)[c];
  return planes;
}

}  // namespace

std::vector<Planes> laplacianPyramid(const Picture& picture) {
  check(picture);
  std::vector<Planes> levels;
  cv::Mat image = toFloats(picture);
  while (image.rows > smallestSide) {
    cv::Mat smaller, back;
    cv::pyrDown(image, smaller);
    cv::pyrUp(smaller, back, image.size());
    levels.push_back(toPlanes(image - back));
    image = smaller;
  }
  levels.push_back(toPlanes(image));
  return levels;
}

}  // namespace cut::trainer
