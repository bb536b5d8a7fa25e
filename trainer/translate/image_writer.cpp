// SPDX-License-Identifier: MIT
#include "trainer/translate/image_writer.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/atomic_file.hpp"
#include "cuttranslate/error.hpp"
#include "trainer/data/image_file.hpp"

namespace cut::trainer {
namespace {

constexpr std::array<std::string_view, 8> writable{".jpg", ".jpeg", ".png",  ".ppm",
                                                   ".bmp", ".tif",  ".tiff", ".webp"};

// Above 100, OpenCV writes lossless webp.
const std::vector<int> qualities{cv::IMWRITE_JPEG_QUALITY, 95, cv::IMWRITE_WEBP_QUALITY, 101};

// (height, width, 3) BGR as OpenCV has it, or (height, width) for one channel.
cv::Mat toBgr(const Picture& picture) {
  cv::Mat matrix(picture.height, picture.width, CV_8UC(picture.channels));
  for (int y = 0; y < picture.height; ++y) {
    const std::uint8_t* from = picture.row(y);
    std::uint8_t* to = matrix.ptr<std::uint8_t>(y);
    for (int x = 0; x < picture.width; ++x, from += picture.channels, to += picture.channels)
      std::reverse_copy(from, from + picture.channels, to);
  }
  return matrix;
}

std::vector<std::uint8_t> encode(const std::filesystem::path& path, const Picture& picture) {
  std::vector<std::uint8_t> bytes;
  bool encoded = false;
  try {
    encoded = cv::imencode(path.extension().string(), toBgr(picture), bytes, qualities);
  } catch (const cv::Exception&) {
    encoded = false;
  }
  if (!encoded)
    throw Error(ErrorKind::io, path.string() + ": a picture of " + std::to_string(picture.width) + " x " +
                                   std::to_string(picture.height) +
                                   " cannot be stored in this format; write a png, which has no limit");
  return bytes;
}

}  // namespace

bool isWritableImageName(const std::filesystem::path& path) {
  return std::find(writable.begin(), writable.end(), lowerCaseSuffix(path)) != writable.end();
}

void writeImage(const std::filesystem::path& path, const Picture& picture) {
  if (!isWritableImageName(path))
    throw Error(ErrorKind::invalidArgument,
                path.string() + ": expected a name that ends in png, jpg, ppm, bmp, tiff or webp");
  const std::vector<std::uint8_t> bytes = encode(path, picture);
  writeFileAtomically(path, std::as_bytes(std::span(bytes)));
}

void createFolder(const std::filesystem::path& folder) {
  if (folder.empty()) return;
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  if (!std::filesystem::is_directory(folder))
    throw Error(ErrorKind::io, folder.string() + ": the folder cannot be created: " +
                                   (failure ? failure.message() : "a file of that name exists"));
}

}  // namespace cut::trainer
