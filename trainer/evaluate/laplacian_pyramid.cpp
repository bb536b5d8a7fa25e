// SPDX-License-Identifier: MIT
#include "trainer/evaluate/laplacian_pyramid.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
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

constexpr int patchesPerPicture = 128;
constexpr int patchSide = 7;
constexpr int perChannel = patchSide * patchSide;
constexpr int patchValues = 3 * perChannel;
constexpr int patchDirections = 512;
constexpr int colourDirections = 128;
constexpr int colourPixels = 16 * 16;

void appendPatch(const Planes& level, int left, int top, std::vector<float>& to) {
  for (int c = 0; c < 3; ++c)
    for (int y = 0; y < patchSide; ++y) {
      const std::size_t row = static_cast<std::size_t>(c) * level.height + top + y;
      const auto from = level.values.begin() + static_cast<std::ptrdiff_t>(row * level.width + left);
      to.insert(to.end(), from, from + patchSide);
    }
}

// From (count, dimension) to (dimension, count).
PointCloud transposed(const std::vector<float>& rows, int dimension) {
  PointCloud cloud{.dimension = dimension,
                   .count = static_cast<std::int64_t>(rows.size()) / dimension,
                   .values = std::vector<float>(rows.size())};
  for (int k = 0; k < dimension; ++k)
    for (std::int64_t i = 0; i < cloud.count; ++i)
      cloud.row(k)[i] = rows[static_cast<std::size_t>(i) * dimension + k];
  return cloud;
}

// To mean 0 and standard deviation 1; a constant channel becomes 0.
void normaliseChannels(PointCloud& cloud) {
  const auto perValue = static_cast<std::size_t>(cloud.count) * perChannel;
  for (int c = 0; c < 3; ++c) {
    float* values = cloud.row(c * perChannel);
    double sum = 0;
    double squares = 0;
    for (std::size_t i = 0; i < perValue; ++i) sum += values[i];
    const double mean = sum / static_cast<double>(perValue);
    for (std::size_t i = 0; i < perValue; ++i) squares += (values[i] - mean) * (values[i] - mean);
    const double deviation = std::sqrt(squares / static_cast<double>(perValue));
    const double scale = deviation > 0 ? 1 / deviation : 0;
    for (std::size_t i = 0; i < perValue; ++i) values[i] = static_cast<float>((values[i] - mean) * scale);
  }
}

}  // namespace

std::vector<Planes> laplacianPyramid(const Picture& picture) {
  check(picture);
  std::vector<Planes> levels;
  cv::Mat image = toFloats(picture);
  while (image.rows > smallestSide) {
    cv::Mat smaller, upsampled;
    cv::pyrDown(image, smaller);
    cv::pyrUp(smaller, upsampled, image.size());
    levels.push_back(toPlanes(image - upsampled));
    image = smaller;
  }
  levels.push_back(toPlanes(image));
  return levels;
}

void PyramidPatches::add(const Picture& picture) {
  const std::vector<Planes> levels = laplacianPyramid(picture);
  if (pictures_ == 0) {
    patches_.resize(levels.size());
    for (const Planes& level : levels) sides_.push_back(level.width);
  }
  if (levels.size() != sides_.size())
    throw Error(ErrorKind::invalidArgument,
                "expected pictures of one size in a set, got " + std::to_string(picture.width) + " x " +
                    std::to_string(picture.height) + " after a side of " + std::to_string(sides_.front()));
  for (std::size_t i = 0; i < levels.size(); ++i) {
    Random random(seed_, static_cast<std::int64_t>(i), pictures_, Purpose::patches);
    const std::int64_t positions = levels[i].width - patchSide + 1;
    for (int patch = 0; patch < patchesPerPicture; ++patch) {
      const int left = static_cast<int>(random.below(positions));
      const int top = static_cast<int>(random.below(positions));
      appendPatch(levels[i], left, top, patches_[i]);
    }
  }
  const std::vector<float>& small = levels.back().values;
  for (int pixel = 0; pixel < colourPixels; ++pixel)
    for (int c = 0; c < 3; ++c) colours_.push_back(small[static_cast<std::size_t>(c) * colourPixels + pixel]);
  ++pictures_;
}

PyramidPatches PyramidPatches::subset(const std::vector<std::int64_t>& which) const {
  PyramidPatches part(seed_);
  part.sides_ = sides_;
  part.patches_.resize(patches_.size());
  part.pictures_ = static_cast<std::int64_t>(which.size());
  const auto copy = [](const std::vector<float>& from, std::int64_t index, std::ptrdiff_t size,
                       std::vector<float>& to) {
    const auto first = from.begin() + index * size;
    to.insert(to.end(), first, first + size);
  };
  for (const std::int64_t index : which) {
    for (std::size_t i = 0; i < patches_.size(); ++i)
      copy(patches_[i], index, std::ptrdiff_t{patchesPerPicture} * patchValues, part.patches_[i]);
    copy(colours_, index, std::ptrdiff_t{colourPixels} * 3, part.colours_);
  }
  return part;
}

PyramidDistance PyramidDistance::between(const PyramidPatches& a, const PyramidPatches& b,
                                         std::uint64_t seed) {
  if (a.pictures_ == 0 || b.pictures_ == 0 || a.sides_ != b.sides_)
    throw Error(ErrorKind::invalidArgument, "expected two sets of pictures of one size, got " +
                                                std::to_string(a.pictures_) + " and " +
                                                std::to_string(b.pictures_) + " pictures");
  PyramidDistance distance;
  for (std::size_t i = 0; i < a.patches_.size(); ++i) {
    PointCloud cloudA = transposed(a.patches_[i], patchValues);
    PointCloud cloudB = transposed(b.patches_[i], patchValues);
    normaliseChannels(cloudA);
    normaliseChannels(cloudB);
    const Random random(seed, static_cast<std::int64_t>(i), 0, Purpose::directions);
    distance.levels.push_back(1000 * slicedWasserstein(cloudA, cloudB, patchDirections, random));
    distance.mean += distance.levels.back();
  }
  distance.mean /= static_cast<double>(distance.levels.size());
  const Random random(seed, -1, 0, Purpose::directions);
  distance.colour =
      slicedWasserstein(transposed(a.colours_, 3), transposed(b.colours_, 3), colourDirections, random);
  return distance;
}

}  // namespace cut::trainer
