// SPDX-License-Identifier: MIT
#include "pictures/png_image.hpp"

#include <png.h>

#include <array>
#include <csetjmp>
#include <cstdio>
#include <cstring>

#include "pictures/exif.hpp"

namespace cut::pictures {
namespace {

using namespace std::string_view_literals;

// The chunk eXIf may come before the pixels or after them.
int orientationOf(Bytes file) {
  for (std::size_t at = 8; at + 8 <= file.size();) {
    const std::size_t size = number(file, at, 4, Order::big);
    if (size > file.size() - at - 8) break;
    if (hasAt(file, at + 4, "eXIf"sv)) return exifOrientation(file.subspan(at + 8, size));
    at += size + 12;
  }
  return 1;
}

class PngReader {
 public:
  explicit PngReader(Bytes file) : left_(file) {
    png_ = png_create_read_struct(
        PNG_LIBPNG_VER_STRING, this,
        [](png_structp png, png_const_charp text) {
          static_cast<PngReader*>(png_get_error_ptr(png))->fail(text);
        },
        [](png_structp, png_const_charp) {});
    info_ = png_ != nullptr ? png_create_info_struct(png_) : nullptr;
    if (info_ == nullptr) {
      png_destroy_read_struct(&png_, nullptr, nullptr);
      throw std::bad_alloc();
    }
  }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;
  ~PngReader() { png_destroy_read_struct(&png_, &info_, nullptr); }

  RgbImage read(std::int64_t maxPixels) {
    check(guarded([&] { begin(); }));
    RgbImage image =
        RgbImage::black(png_get_image_width(png_, info_), png_get_image_height(png_, info_), maxPixels);
    std::vector<png_bytep> rows(static_cast<std::size_t>(image.height));
    for (int y = 0; y < image.height; ++y) rows[static_cast<std::size_t>(y)] = image.row(y);
    check(guarded([&] { readRows(rows.data(), image.width); }));
    return image;
  }

 private:
  // False where libpng failed: then longjmp() has left `work`, so that it must hold no object with a
  // destructor.
  template <typename Work>
  bool guarded(const Work& work) {
    if (setjmp(escape_) != 0) return false;
    work();
    return true;
  }

  [[noreturn]] void fail(const char* text) {
    std::snprintf(message_.data(), message_.size(), "%s", text);
    std::longjmp(escape_, 1);
  }

  void check(bool succeeded) const {
    if (succeeded) return;
    if (left_.empty()) refuse("the file is cut short");
    refuse(std::string("the PNG is damaged: ") + message_.data());
  }

  void take(png_bytep to, std::size_t size) {
    if (size > left_.size()) {
      left_ = {};
      fail("the file ends");
    }
    std::memcpy(to, left_.data(), size);
    left_ = left_.subspan(size);
  }

  void begin() {
    png_set_read_fn(png_, this, [](png_structp png, png_bytep to, std::size_t size) {
      static_cast<PngReader*>(png_get_io_ptr(png))->take(to, size);
    });
    // Skips text and profiles, which may decompress to megabytes.
    png_set_keep_unknown_chunks(png_, PNG_HANDLE_CHUNK_NEVER, nullptr, 0);
    png_set_keep_unknown_chunks(png_, PNG_HANDLE_CHUNK_NEVER,
                                reinterpret_cast<png_const_bytep>("iCCP\0tEXt\0zTXt\0iTXt\0sPLT\0eXIf"), 6);
    png_read_info(png_, info_);
  }

  void readRows(png_bytepp rows, int width) {
    png_set_scale_16(png_);
    png_set_expand(png_);
    png_set_gray_to_rgb(png_);
    png_set_strip_alpha(png_);
    png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
    if (png_get_rowbytes(png_, info_) != static_cast<std::size_t>(width) * 3)
      fail("its rows are not RGB of 8 bits");
    png_read_image(png_, rows);
  }

  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  Bytes left_;
  std::jmp_buf escape_{};
  std::array<char, 256> message_{};
};

}  // namespace

RgbImage decodePng(Bytes file, std::int64_t maxPixels) {
  RgbImage image = PngReader(file).read(maxPixels);
  image.orientation = orientationOf(file);
  return image;
}

}  // namespace cut::pictures
