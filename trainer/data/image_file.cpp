#include "trainer/data/image_file.hpp"

#include <fstream>
#include <string>
#include <utility>

#include "cuttranslate/error.hpp"
#include "pictures/jpeg_image.hpp"
#include "pictures/png_image.hpp"
#include "trainer/data/bmp_image.hpp"
#include "trainer/data/gif_image.hpp"
#include "trainer/data/image_format.hpp"
#include "trainer/data/pnm_image.hpp"
#include "trainer/data/tiff_image.hpp"
#include "trainer/data/webp_image.hpp"

namespace cut::trainer {
namespace {

namespace fs = std::filesystem;
using pictures::RgbImage;

constexpr std::uintmax_t maxFileBytes = 1U << 30;

std::vector<std::uint8_t> readBytes(const fs::path& path) {
  std::error_code failure;
  const fs::file_status status = fs::status(path, failure);
  if (status.type() == fs::file_type::not_found)
    throw Error(ErrorKind::notFound, path.string() + ": there is no such file");
  const std::uintmax_t size = fs::is_regular_file(status) ? fs::file_size(path, failure) : 0;
  if (!fs::is_regular_file(status) || failure)
    throw Error(ErrorKind::io, path.string() + ": expected a file that can be read");
  if (size == 0) throw Error(ErrorKind::wrongFile, path.string() + ": the file is empty");
  if (size > maxFileBytes)
    throw Error(ErrorKind::wrongFile, path.string() + ": expected an image file of at most 1 GiB, got " +
                                          std::to_string(size) + " bytes");
  std::vector<std::uint8_t> bytes(size);
  std::ifstream file(path, std::ios::binary);
  if (!file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size)))
    throw Error(ErrorKind::io, path.string() + ": the file cannot be read; are its permissions right?");
  return bytes;
}

RgbImage decode(const std::vector<std::uint8_t>& bytes) {
  const auto format = imageFormat(bytes);
  if (!format) {
    const std::string foreign(foreignImageFormat(bytes));
    if (!foreign.empty()) pictures::refuse(foreign + " images are not read; convert it to PNG");
    if (pictures::hasAt(bytes, 0, std::string_view("\0\5\x16\7", 4)))
      pictures::refuse("expected an image, got the AppleDouble file that macOS puts beside one");
    pictures::refuse("expected a " + std::string(readableFormats) + " image; its content is none of them");
  }
  switch (*format) {
    case ImageFormat::jpeg:
      return pictures::decodeJpeg(bytes, maxPixels);
    case ImageFormat::png:
      return pictures::decodePng(bytes, maxPixels);
    case ImageFormat::webp:
      return decodeWebp(bytes, maxPixels);
    case ImageFormat::tiff:
      return decodeTiff(bytes, maxPixels);
    case ImageFormat::gif:
      return decodeGif(bytes, maxPixels);
    case ImageFormat::bmp:
      return decodeBmp(bytes, maxPixels);
    case ImageFormat::pnm:
      return decodePnm(bytes, maxPixels);
  }
  pictures::refuse("no decoder");
}

}  // namespace

Picture readImage(const fs::path& path, ExifOrientation orientation) {
  const std::vector<std::uint8_t> bytes = readBytes(path);
  try {
    RgbImage image = decode(bytes);
    Picture picture;
    picture.width = image.width;
    picture.height = image.height;
    picture.pixels = std::move(image.pixels);
    const bool turned = orientation == ExifOrientation::applied || imageFormat(bytes) == ImageFormat::tiff;
    return turned ? oriented(std::move(picture), image.orientation) : picture;
  } catch (const Error& error) {
    throw Error(error.kind(), path.string() + ": " + error.what());
  }
}

}  // namespace cut::trainer
