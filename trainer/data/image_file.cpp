#include "trainer/data/image_file.hpp"

#include <algorithm>
#include <fstream>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <string>

#include "cut/error.hpp"
#include "trainer/data/image_header.hpp"

namespace cut::trainer {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t maxFileBytes = 1U << 30;

std::vector<std::uint8_t> readBytes(const fs::path& path) {
  std::error_code failure;
  const fs::file_status status = fs::status(path, failure);
  if (status.type() == fs::file_type::not_found)
    throw Error(ErrorKind::notFound, path.string() + ": there is no such file");
  const std::uintmax_t size = fs::is_regular_file(status) ? fs::file_size(path, failure) : 0;
  if (!fs::is_regular_file(status) || failure)
    throw Error(ErrorKind::unreadable, path.string() + ": expected a file that can be read");
  if (size == 0) throw Error(ErrorKind::wrongFile, path.string() + ": the file is empty");
  if (size > maxFileBytes)
    throw Error(ErrorKind::wrongFile, path.string() + ": expected an image file of at most 1 GiB, got " +
                                          std::to_string(size) + " bytes");
  std::vector<std::uint8_t> bytes(size);
  std::ifstream file(path, std::ios::binary);
  if (!file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size)))
    throw Error(ErrorKind::unreadable,
                path.string() + ": the file cannot be read; are its permissions right?");
  return bytes;
}

ImageHeader checkedHeader(const std::vector<std::uint8_t>& bytes, const fs::path& path) {
  const auto header = readImageHeader(bytes);
  if (!header)
    throw Error(
        ErrorKind::wrongFile,
        path.string() + ": expected a jpg, png, ppm, bmp, tiff or webp image; its content is none of them");
  if (header->width > maxPixels || header->height > maxPixels / header->width)
    throw Error(ErrorKind::wrongFile, path.string() + ": expected at most " + std::to_string(maxPixels) +
                                          " pixels, its header says " + std::to_string(header->width) +
                                          " x " + std::to_string(header->height));
  if (header->format == ImageFormat::jpeg && !isCompleteJpeg(bytes))
    throw Error(ErrorKind::wrongFile, path.string() + ": the file is cut short");
  return *header;
}

// (height, width, 3) of 8 or 16 bits, BGR; empty where the decoder fails.
cv::Mat decode(std::vector<std::uint8_t>& bytes) {
  const cv::Mat file(1, static_cast<int>(bytes.size()), CV_8U, bytes.data());
  try {
    return cv::imdecode(file, cv::IMREAD_COLOR | cv::IMREAD_ANYDEPTH | cv::IMREAD_IGNORE_ORIENTATION);
  } catch (const cv::Exception&) {
    return {};
  }
}

template <typename Value>
void copyRow(const Value* bgr, std::uint8_t* rgb, int width, int white) {
  for (int x = 0; x < width; ++x, bgr += 3)
    for (int c = 2; c >= 0; --c)
      *rgb++ = static_cast<std::uint8_t>(std::min(255, (bgr[c] * 255 + white / 2) / white));
}

}  // namespace

Picture readImage(const fs::path& path) {
  std::vector<std::uint8_t> bytes = readBytes(path);
  const ImageHeader header = checkedHeader(bytes, path);
  const cv::Mat image = decode(bytes);
  if (image.empty()) throw Error(ErrorKind::wrongFile, path.string() + ": the image is damaged or cut short");
  if (image.channels() != 3 || (image.depth() != CV_8U && image.depth() != CV_16U))
    throw Error(ErrorKind::wrongFile, path.string() + ": expected 8 or 16 bits per channel");
  const bool deep = image.depth() == CV_16U;
  const int white = header.white != 0 ? header.white : deep ? 65535 : 255;
  Picture picture(image.cols, image.rows, 3);
  for (int y = 0; y < picture.height; ++y) {
    if (deep)
      copyRow(image.ptr<std::uint16_t>(y), picture.row(y), picture.width, white);
    else
      copyRow(image.ptr<std::uint8_t>(y), picture.row(y), picture.width, white);
  }
  return picture;
}

}  // namespace cut::trainer
