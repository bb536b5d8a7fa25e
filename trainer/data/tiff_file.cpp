#include "trainer/data/tiff_file.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <new>
#include <string>
#include <string_view>

#include "pictures/rgb_image.hpp"

namespace cut::trainer {

TiffFile::TiffFile(pictures::Bytes bytes) : bytes_(bytes) {
  const std::unique_ptr<TIFFOpenOptions, Closer> options(TIFFOpenOptionsAlloc());
  if (options == nullptr) throw std::bad_alloc();
  TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(), maxBytes);
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), keepError, this);
  TIFFOpenOptionsSetWarningHandlerExtR(options.get(), judgeWarning, this);
  const auto refuseWrite = [](thandle_t, void*, tmsize_t) { return tmsize_t{0}; };
  const auto stayOpen = [](thandle_t) { return 0; };
  const auto sizeOf = [](thandle_t file) { return static_cast<toff_t>(self(file).bytes_.size()); };
  const auto keepMapped = [](thandle_t, void*, toff_t) {};
  tiff_.reset(TIFFClientOpenExt("TIFF", "rm", this, read, refuseWrite, seek, stayOpen, sizeOf, map,
                                keepMapped, options.get()));
  if (tiff_ == nullptr) fail();
}

void TiffFile::fail() const {
  pictures::refuse(std::string("the TIFF is damaged or cut short") +
                   (message_[0] != 0 ? std::string(": ") + message_.data() : std::string()));
}

int TiffFile::keepError(TIFF*, void* file, const char*, const char* format, va_list values) {
  std::array<char, 256>& message = self(file).message_;
  if (message[0] == 0) std::vsnprintf(message.data(), message.size(), format, values);
  return 1;
}

// Pixels that a JPEG inside lacks are painted grey with a warning; all other warnings are about tags.
int TiffFile::judgeWarning(TIFF*, void* file, const char* module, const char* format, va_list values) {
  std::array<char, 256> text{};
  std::vsnprintf(text.data(), text.size(), format, values);
  const std::string_view warning(text.data());
  const bool ofJpeg = module != nullptr && std::string_view(module) == "JPEGLib";
  const bool lost = (ofJpeg && warning.find("extraneous") == std::string_view::npos) ||
                    warning.starts_with("Improper JPEG strip/tile size");
  if (lost) self(file).lost_ = true;
  if (lost && self(file).message_[0] == 0) self(file).message_ = text;
  return 1;
}

tmsize_t TiffFile::read(thandle_t file, void* to, tmsize_t size) {
  TiffFile& tiff = self(file);
  const std::uint64_t left = tiff.bytes_.size() - std::min<std::uint64_t>(tiff.at_, tiff.bytes_.size());
  const auto taken =
      static_cast<std::size_t>(std::min<std::uint64_t>(left, static_cast<std::uint64_t>(size)));
  if (taken > 0) std::memcpy(to, tiff.bytes_.data() + tiff.at_, taken);
  tiff.at_ += taken;
  return static_cast<tmsize_t>(taken);
}

toff_t TiffFile::seek(thandle_t file, toff_t offset, int whence) {
  TiffFile& tiff = self(file);
  const toff_t end = tiff.bytes_.size();
  tiff.at_ = offset + (whence == SEEK_CUR ? tiff.at_ : whence == SEEK_END ? end : 0);
  return tiff.at_;
}

int TiffFile::map(thandle_t file, void** base, toff_t* size) {
  const pictures::Bytes bytes = self(file).bytes_;
  *base = const_cast<std::uint8_t*>(bytes.data());  // opened for reading: it is not written to
  *size = bytes.size();
  return 1;
}

}  // namespace cut::trainer
