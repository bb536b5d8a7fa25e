// SPDX-License-Identifier: MIT
#include "trainer/data/image_file.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <string>
#include <utility>

#include "cuttranslate/error.hpp"
#include "pictures/bytes.hpp"
#include "pictures/jpeg_image.hpp"
#include "pictures/png_image.hpp"
#include "trainer/data/image_decoders.hpp"

namespace cut::trainer {
namespace {

using namespace std::string_view_literals;
namespace fs = std::filesystem;
using pictures::hasAt;
using pictures::RgbImage;

constexpr std::uintmax_t maxFileBytes = 1U << 30;

constexpr std::array imageSuffixes{".jpg"sv,  ".jpeg"sv, ".jpe"sv,  ".jfif"sv, ".png"sv, ".apng"sv,
                                   ".webp"sv, ".tif"sv,  ".tiff"sv, ".gif"sv,  ".bmp"sv, ".dib"sv,
                                   ".ppm"sv,  ".pgm"sv,  ".pbm"sv,  ".pnm"sv,  ".pam"sv};

constexpr std::array<std::pair<std::string_view, std::string_view>, 28> unsupportedSuffixes{{
    {".avif", "AVIF"},      {".avifs", "AVIF"},     {".heic", "HEIC"},        {".heif", "HEIF"},
    {".hif", "HEIF"},       {".jxl", "JPEG XL"},    {".jp2", "JPEG 2000"},    {".j2k", "JPEG 2000"},
    {".jpx", "JPEG 2000"},  {".exr", "OpenEXR"},    {".hdr", "Radiance HDR"}, {".psd", "Photoshop"},
    {".tga", "TGA"},        {".ico", "ICO"},        {".svg", "SVG"},          {".dds", "DDS"},
    {".pfm", "PFM"},        {".qoi", "QOI"},        {".xcf", "GIMP"},         {".dng", "camera raw"},
    {".cr2", "camera raw"}, {".cr3", "camera raw"}, {".nef", "camera raw"},   {".arw", "camera raw"},
    {".orf", "camera raw"}, {".rw2", "camera raw"}, {".raf", "camera raw"},   {".pcx", "PCX"},
}};

// ISO 14496-12: the ftyp box comes first and has the brand.
std::string_view formatOfBrand(pictures::Bytes file) {
  if (!hasAt(file, 4, "ftyp")) return {};
  for (const std::string_view brand : {"avif"sv, "avis"sv})
    if (hasAt(file, 8, brand)) return "AVIF";
  for (const std::string_view brand : {"heic"sv, "heix"sv, "heim"sv, "heis"sv, "hevc"sv, "hevx"sv})
    if (hasAt(file, 8, brand)) return "HEIC";
  for (const std::string_view brand : {"mif1"sv, "msf1"sv})
    if (hasAt(file, 8, brand)) return "HEIF";
  return {};
}

std::vector<std::uint8_t> readBytes(const fs::path& path) {
  std::error_code failure;
  const fs::file_status status = fs::status(path, failure);
  if (status.type() == fs::file_type::not_found)
    throw Error(ErrorKind::notFound, path.string() + ": no such file");
  const std::uintmax_t size = fs::is_regular_file(status) ? fs::file_size(path, failure) : 0;
  if (!fs::is_regular_file(status) || failure)
    throw Error(ErrorKind::io, path.string() + ": expected a regular file that can be read");
  if (size == 0) throw Error(ErrorKind::wrongFile, path.string() + ": the file is empty");
  if (size > maxFileBytes)
    throw Error(ErrorKind::wrongFile, path.string() + ": expected an image file of at most 1 GiB, got " +
                                          std::to_string(size) + " bytes");
  std::vector<std::uint8_t> bytes(size);
  std::ifstream file(path, std::ios::binary);
  if (!file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size)))
    throw Error(ErrorKind::io, path.string() + ": the file cannot be read; check its permissions");
  return bytes;
}

RgbImage decode(const std::vector<std::uint8_t>& bytes) {
  const auto format = imageFormat(bytes);
  if (!format) {
    const std::string unsupported(unsupportedImageFormat(bytes));
    if (!unsupported.empty()) pictures::refuse(unsupported + " images are not read; convert it to PNG");
    if (hasAt(bytes, 0, std::string_view("\0\5\x16\7", 4)))
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

std::string lowerCaseSuffix(const std::filesystem::path& path) {
  std::string suffix = path.extension().string();
  for (char& c : suffix)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return suffix;
}

std::optional<ImageFormat> imageFormat(std::span<const std::uint8_t> file) {
  if (hasAt(file, 0, "\xff\xd8\xff")) return ImageFormat::jpeg;
  if (hasAt(file, 0, "\x89PNG\r\n\x1a\n")) return ImageFormat::png;
  if (hasAt(file, 0, "RIFF") && hasAt(file, 8, "WEBP")) return ImageFormat::webp;
  // Classic TIFF and BigTIFF, in either byte order.
  for (const std::string_view mark : {"II*\0"sv, "MM\0*"sv, "II+\0"sv, "MM\0+"sv})
    if (hasAt(file, 0, mark)) return ImageFormat::tiff;
  if (hasAt(file, 0, "GIF87a") || hasAt(file, 0, "GIF89a")) return ImageFormat::gif;
  if (hasAt(file, 0, "BM")) return ImageFormat::bmp;
  if (file.size() > 2 && file[0] == 'P' && file[1] >= '1' && file[1] <= '7') return ImageFormat::pnm;
  return std::nullopt;
}

std::string_view unsupportedImageFormat(std::span<const std::uint8_t> file) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 16> marks{{
      {"\xff\x0a", "JPEG XL"},
      {"\0\0\0\x0cJXL \r\n\x87\n"sv, "JPEG XL"},
      {"\0\0\0\x0cjP  \r\n\x87\n"sv, "JPEG 2000"},
      {"\xff\x4f\xff\x51", "JPEG 2000"},
      {"\x76\x2f\x31\x01", "OpenEXR"},
      {"#?RADIANCE", "Radiance HDR"},
      {"#?RGBE", "Radiance HDR"},
      {"8BPS", "Photoshop"},
      {"PF\n", "PFM"},
      {"Pf\n", "PFM"},
      {"\0\0\1\0"sv, "ICO"},
      {"<svg", "SVG"},
      {"DDS ", "DDS"},
      {"qoif", "QOI"},
      {"gimp xcf", "GIMP"},
      {"\x0a\x05\x01", "PCX"},
  }};
  if (const std::string_view ofBrand = formatOfBrand(file); !ofBrand.empty()) return ofBrand;
  for (const auto& [mark, name] : marks)
    if (hasAt(file, 0, mark)) return name;
  return {};
}

std::string_view unsupportedImageFormat(const std::filesystem::path& path) {
  const std::string suffix = lowerCaseSuffix(path);
  for (const auto& [known, name] : unsupportedSuffixes)
    if (suffix == known) return name;
  return {};
}

bool isImageName(const std::filesystem::path& path) {
  const std::string suffix = lowerCaseSuffix(path);
  return std::find(imageSuffixes.begin(), imageSuffixes.end(), suffix) != imageSuffixes.end();
}

Picture readImage(const fs::path& path, ExifOrientation orientation) {
  const std::vector<std::uint8_t> bytes = readBytes(path);
  try {
    RgbImage image = decode(bytes);
    Picture picture;
    picture.width = image.width;
    picture.height = image.height;
    picture.pixels = std::move(image.pixels);
    const bool orient = orientation == ExifOrientation::applied || imageFormat(bytes) == ImageFormat::tiff;
    return orient ? oriented(std::move(picture), image.orientation) : picture;
  } catch (const Error& error) {
    throw Error(error.kind(), path.string() + ": " + error.what());
  }
}

}  // namespace cut::trainer
