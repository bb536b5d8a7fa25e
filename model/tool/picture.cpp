#include "tool/picture.hpp"

#include <png.h>
#include <turbojpeg.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <memory>
#include <string>

#include "cut/error.hpp"

namespace cut::tool {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t mostBytes = std::uintmax_t{1} << 28;
constexpr std::int64_t mostPixels = std::int64_t{1} << 26;

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
    fail(ErrorKind::unreadable, path, "expected a picture file that can be read");
  if (size > mostBytes) fail(ErrorKind::wrongFile, path, "expected a picture of at most 256 MiB");
  Bytes bytes(size);
  std::ifstream file(path, std::ios::binary);
  if (!file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size)))
    fail(ErrorKind::unreadable, path, "cannot be read; are its permissions right?");
  return bytes;
}

// Pixels of this size, not filled yet.
Picture emptyPicture(std::int64_t width, std::int64_t height, int channels, const fs::path& path) {
  if (width < 1 || height < 1 || width > mostPixels / height)
    fail(ErrorKind::wrongFile, path,
         "expected 1 to " + std::to_string(mostPixels) + " pixels, its header says " + std::to_string(width) +
             "x" + std::to_string(height));
  const PixelLayout layout = channels == 1 ? PixelLayout{1, 1, {0, 0, 0}, -1} : PixelLayout{};
  return {{static_cast<int>(width), static_cast<int>(height)},
          layout,
          Bytes(static_cast<std::size_t>(width * height * channels))};
}

Picture decodePng(const Bytes& bytes, int channels, const fs::path& path) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  const std::unique_ptr<png_image, decltype(&png_image_free)> freed(&image, png_image_free);
  if (!png_image_begin_read_from_memory(&image, bytes.data(), bytes.size()))
    fail(ErrorKind::wrongFile, path, std::string("is no PNG that can be read: ") + image.message);
  image.format = channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  Picture picture = emptyPicture(image.width, image.height, channels, path);
  if (!png_image_finish_read(&image, nullptr, picture.pixels.data(), 0, nullptr))
    fail(ErrorKind::wrongFile, path, std::string("is a damaged PNG: ") + image.message);
  return picture;
}

Picture decodeJpeg(const Bytes& bytes, int channels, const fs::path& path) {
  const std::unique_ptr<void, decltype(&tjDestroy)> decoder(tjInitDecompress(), tjDestroy);
  if (!decoder) throw std::bad_alloc();
  int width = 0, height = 0, sampling = 0, colours = 0;
  const auto check = [&](int status) {
    if (status != 0)
      fail(ErrorKind::wrongFile, path,
           std::string("is no JPEG that can be read whole: ") + tjGetErrorStr2(decoder.get()));
  };
  check(tjDecompressHeader3(decoder.get(), bytes.data(), bytes.size(), &width, &height, &sampling, &colours));
  Picture picture = emptyPicture(width, height, channels, path);
  check(tjDecompress2(decoder.get(), bytes.data(), bytes.size(), picture.pixels.data(), width, 0, height,
                      channels == 1 ? TJPF_GRAY : TJPF_RGB, TJFLAG_STOPONWARNING));
  return picture;
}

bool isPicture(const fs::path& path) {
  std::string suffix = path.extension().string();
  std::transform(suffix.begin(), suffix.end(), suffix.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return suffix == ".png" || suffix == ".jpg" || suffix == ".jpeg";
}

}  // namespace

ImageView Picture::view() const noexcept {
  return {pixels.data(), static_cast<std::ptrdiff_t>(size.width) * layout.pixelStride, size.width,
          size.height, layout};
}

Picture readPicture(const fs::path& path, int channels) {
  constexpr std::array<std::uint8_t, 4> png{0x89, 'P', 'N', 'G'};
  constexpr std::array<std::uint8_t, 2> jpeg{0xFF, 0xD8};
  const Bytes bytes = readBytes(path);
  const auto beginsWith = [&](const auto& magic) {
    return bytes.size() >= magic.size() && std::equal(magic.begin(), magic.end(), bytes.begin());
  };
  if (beginsWith(png)) return decodePng(bytes, channels, path);
  if (beginsWith(jpeg)) return decodeJpeg(bytes, channels, path);
  fail(ErrorKind::wrongFile, path, "expected a PNG or JPEG; its content is neither");
}

std::vector<fs::path> picturesIn(const fs::path& folder) {
  std::error_code failure;
  std::vector<fs::path> files;
  for (fs::directory_iterator it(folder, failure), end; !failure && it != end; it.increment(failure))
    if (isPicture(it->path())) files.push_back(it->path());
  if (failure)
    fail(failure == std::errc::no_such_file_or_directory ? ErrorKind::notFound : ErrorKind::unreadable,
         folder, "cannot be read: " + failure.message());
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace cut::tool
