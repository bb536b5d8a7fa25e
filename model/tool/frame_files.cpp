// SPDX-License-Identifier: MIT
#include "tool/frame_files.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <string>
#include <utility>

#include "cuttranslate/error.hpp"
#include "pictures/jpeg_image.hpp"
#include "pictures/png_image.hpp"

namespace cut::tool {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t maxBytes = std::uintmax_t{1} << 28;
constexpr std::int64_t maxPixels = std::int64_t{1} << 26;

using Bytes = std::vector<std::uint8_t>;

[[noreturn]] void fail(ErrorKind kind, const fs::path& path, const std::string& what) {
  throw Error(kind, path.string() + ": " + what);
}

Bytes readBytes(const fs::path& path) {
  std::error_code failure;
  const fs::file_status status = fs::status(path, failure);
  if (status.type() == fs::file_type::not_found) fail(ErrorKind::notFound, path, "there is no such file");
  const std::uintmax_t size = fs::is_regular_file(status) ? fs::file_size(path, failure) : 0;
  if (!fs::is_regular_file(status) || failure)
    fail(ErrorKind::io, path, "expected a picture file that can be read");
  if (size > maxBytes) fail(ErrorKind::wrongFile, path, "expected a picture of at most 256 MiB");
  Bytes bytes(size);
  std::ifstream file(path, std::ios::binary);
  if (!file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size)))
    fail(ErrorKind::io, path, "cannot be read; check its permissions");
  return bytes;
}

// ITU-R 601-2 in the fixed-point arithmetic of Pillow's convert("L"), so that grey frames match its.
Bytes lumaOf(const Bytes& rgb) {
  Bytes luma(rgb.size() / 3);
  for (std::size_t i = 0; i < luma.size(); ++i)
    luma[i] = static_cast<std::uint8_t>(
        (rgb[3 * i] * 19595 + rgb[3 * i + 1] * 38470 + rgb[3 * i + 2] * 7471 + 0x8000) >> 16);
  return luma;
}

pictures::RgbImage decode(const Bytes& bytes) {
  constexpr std::array<std::uint8_t, 4> png{0x89, 'P', 'N', 'G'};
  constexpr std::array<std::uint8_t, 2> jpeg{0xFF, 0xD8};
  const auto beginsWith = [&](const auto& magic) {
    return bytes.size() >= magic.size() && std::equal(magic.begin(), magic.end(), bytes.begin());
  };
  if (beginsWith(png)) return pictures::decodePng(bytes, maxPixels);
  if (beginsWith(jpeg)) return pictures::decodeJpeg(bytes, maxPixels);
  pictures::refuse("expected a PNG or JPEG; its content is neither");
}

// Leaves out hidden files, such as the ._NAME.png that macOS puts beside a picture.
bool isFrameFile(const fs::path& path) {
  if (path.filename().string().starts_with('.')) return false;
  std::string suffix = path.extension().string();
  std::transform(suffix.begin(), suffix.end(), suffix.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return suffix == ".png" || suffix == ".jpg" || suffix == ".jpeg";
}

}  // namespace

ImageView Frame::view() const noexcept {
  return {pixels.data(), static_cast<std::ptrdiff_t>(size.width) * layout.pixelStride, size.width,
          size.height, layout};
}

Frame readFrame(const fs::path& path, int channels) {
  const Bytes bytes = readBytes(path);
  try {
    pictures::RgbImage image = decode(bytes);
    const Size size{image.width, image.height};
    if (channels == 1) return {size, {1, 1, {0, 0, 0}, -1}, lumaOf(image.pixels)};
    return {size, {}, std::move(image.pixels)};
  } catch (const Error& error) {
    fail(error.kind(), path, error.what());
  }
}

std::vector<fs::path> frameFilesIn(const fs::path& folder) {
  std::error_code failure;
  std::vector<fs::path> files;
  for (fs::directory_iterator it(folder, failure), end; !failure && it != end; it.increment(failure))
    if (isFrameFile(it->path())) files.push_back(it->path());
  if (failure)
    fail(failure == std::errc::no_such_file_or_directory ? ErrorKind::notFound : ErrorKind::io, folder,
         "cannot be read: " + failure.message());
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace cut::tool
