// A TIFF in memory, opened by libtiff, whose words are kept from stderr.
#pragma once

#include <tiffio.h>

#include <array>
#include <cstdarg>
#include <cstdint>
#include <memory>

#include "pictures/bytes.hpp"

namespace cut::trainer {

// Stays where it is: libtiff keeps its address.
class TiffFile {
 public:
  // What libtiff may take of memory at once.
  static constexpr tmsize_t maxBytes = tmsize_t{1} << 30;

  // Throws wrongFile where its first directory cannot be read. The bytes must outlive it.
  explicit TiffFile(pictures::Bytes bytes);
  TiffFile(const TiffFile&) = delete;
  TiffFile& operator=(const TiffFile&) = delete;

  TIFF* get() const noexcept { return tiff_.get(); }
  std::uint64_t size() const noexcept { return bytes_.size(); }

  // The value of a tag of one number, or TIFF's default.
  template <typename Value>
  Value number(std::uint32_t tag) const {
    Value value{};
    TIFFGetFieldDefaulted(tiff_.get(), tag, &value);
    return value;
  }

  // Throws wrongFile with libtiff's first reason.
  [[noreturn]] void fail() const;
  // Whether libtiff painted pixels that a JPEG inside does not have.
  bool lostPixels() const noexcept { return lost_; }

 private:
  struct Closer {
    void operator()(TIFF* tiff) const noexcept { TIFFClose(tiff); }
    void operator()(TIFFOpenOptions* options) const noexcept { TIFFOpenOptionsFree(options); }
  };

  static TiffFile& self(void* file) { return *static_cast<TiffFile*>(file); }
  static int keepError(TIFF*, void* file, const char*, const char* format, va_list values);
  static int judgeWarning(TIFF*, void* file, const char* module, const char* format, va_list values);
  static tmsize_t read(thandle_t file, void* to, tmsize_t size);
  static toff_t seek(thandle_t file, toff_t offset, int whence);
  static int map(thandle_t file, void** base, toff_t* size);

  pictures::Bytes bytes_;
  std::uint64_t at_ = 0;
  std::array<char, 256> message_{};
  bool lost_ = false;
  std::unique_ptr<TIFF, Closer> tiff_;
};

}  // namespace cut::trainer
