// SPDX-License-Identifier: MIT
#include "trainer/data/image_decoders.hpp"

#include <tiffio.h>

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "pictures/bytes.hpp"
#include "pictures/rgb_image.hpp"
#include "trainer/data/tiff_samples.hpp"

namespace cut::trainer {
namespace {

using pictures::Bytes;
using pictures::refuse;
using pictures::RgbImage;

constexpr int maxSamples = 64;

// A TIFF in memory, opened by libtiff, whose messages are stored instead of printed to stderr. It can be
// neither copied nor moved, because libtiff has its address.
class TiffFile {
 public:
  // Limit of one allocation of libtiff.
  static constexpr tmsize_t maxBytes = tmsize_t{1} << 30;

  // Throws wrongFile where its first directory cannot be read. The bytes must outlive it.
  explicit TiffFile(Bytes bytes);
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
  // Whether libtiff filled in pixels that an embedded JPEG lacks.
  bool hasMissingPixels() const noexcept { return hasMissingPixels_; }

 private:
  struct Closer {
    void operator()(TIFF* tiff) const noexcept { TIFFClose(tiff); }
    void operator()(TIFFOpenOptions* options) const noexcept { TIFFOpenOptionsFree(options); }
  };

  static TiffFile& self(void* file) { return *static_cast<TiffFile*>(file); }
  static int onError(TIFF*, void* file, const char*, const char* format, va_list values);
  static int onWarning(TIFF*, void* file, const char* module, const char* format, va_list values);
  static tmsize_t read(thandle_t file, void* to, tmsize_t size);
  static toff_t seek(thandle_t file, toff_t offset, int whence);
  static int map(thandle_t file, void** base, toff_t* size);

  Bytes bytes_;
  std::uint64_t at_ = 0;
  std::array<char, 256> message_{};
  bool hasMissingPixels_ = false;
  std::unique_ptr<TIFF, Closer> tiff_;
};

TiffFile::TiffFile(Bytes bytes) : bytes_(bytes) {
  const std::unique_ptr<TIFFOpenOptions, Closer> options(TIFFOpenOptionsAlloc());
  if (options == nullptr) throw std::bad_alloc();
  TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(), maxBytes);
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), onError, this);
  TIFFOpenOptionsSetWarningHandlerExtR(options.get(), onWarning, this);
  const auto refuseWrite = [](thandle_t, void*, tmsize_t) { return tmsize_t{0}; };
  const auto closeNothing = [](thandle_t) { return 0; };
  const auto sizeOf = [](thandle_t file) { return static_cast<toff_t>(self(file).bytes_.size()); };
  const auto unmapNothing = [](thandle_t, void*, toff_t) {};
  tiff_.reset(TIFFClientOpenExt("TIFF", "rm", this, read, refuseWrite, seek, closeNothing, sizeOf, map,
                                unmapNothing, options.get()));
  if (tiff_ == nullptr) fail();
}

void TiffFile::fail() const {
  refuse(std::string("the TIFF is damaged or cut short") +
         (message_[0] != 0 ? std::string(": ") + message_.data() : std::string()));
}

int TiffFile::onError(TIFF*, void* file, const char*, const char* format, va_list values) {
  std::array<char, 256>& message = self(file).message_;
  if (message[0] == 0) std::vsnprintf(message.data(), message.size(), format, values);
  return 1;
}

// libtiff fills pixels that an embedded JPEG lacks with grey and warns; all other warnings are about tags.
int TiffFile::onWarning(TIFF*, void* file, const char* module, const char* format, va_list values) {
  std::array<char, 256> text{};
  std::vsnprintf(text.data(), text.size(), format, values);
  const std::string_view warning(text.data());
  const bool ofJpeg = module != nullptr && std::string_view(module) == "JPEGLib";
  const bool missing = (ofJpeg && warning.find("extraneous") == std::string_view::npos) ||
                       warning.starts_with("Improper JPEG strip/tile size");
  if (missing) self(file).hasMissingPixels_ = true;
  if (missing && self(file).message_[0] == 0) self(file).message_ = text;
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
  const Bytes bytes = self(file).bytes_;
  *base = const_cast<std::uint8_t*>(bytes.data());  // opened for reading, so libtiff does not write to it
  *size = bytes.size();
  return 1;
}

class TiffReader {
 public:
  explicit TiffReader(Bytes bytes) : file_(bytes) {}

  RgbImage decode(std::int64_t maxPixels) {
    checkOffsets();
    RgbImage image = RgbImage::black(file_.number<std::uint32_t>(TIFFTAG_IMAGEWIDTH),
                                     file_.number<std::uint32_t>(TIFFTAG_IMAGELENGTH), maxPixels);
    const int orientation = file_.number<std::uint16_t>(TIFFTAG_ORIENTATION);
    if (orientation >= 1 && orientation <= 8) image.orientation = orientation;
    checkCompression();
    if (needsRgbaInterface())
      readRgba(image);
    else
      readStripsOrTiles(image, layout());
    if (file_.hasMissingPixels()) file_.fail();
    return image;
  }

 private:
  // Checked before allocation: libtiff would read strips of offset 0 from the first byte of the file.
  void checkOffsets() const {
    TIFF* tiff = file_.get();
    const std::uint32_t count = TIFFIsTiled(tiff) != 0 ? TIFFNumberOfTiles(tiff) : TIFFNumberOfStrips(tiff);
    for (std::uint32_t i = 0; i < count; ++i) {
      const std::uint64_t offset = TIFFGetStrileOffset(tiff, i);
      if (offset == 0 || offset >= file_.size())
        refuse("the TIFF is damaged: a part of its pixels is missing");
    }
  }

  bool isJpeg() const { return file_.number<std::uint16_t>(TIFFTAG_COMPRESSION) == COMPRESSION_JPEG; }
  bool isPlanar() const { return file_.number<std::uint16_t>(TIFFTAG_PLANARCONFIG) == PLANARCONFIG_SEPARATE; }

  void checkCompression() {
    const auto compression = file_.number<std::uint16_t>(TIFFTAG_COMPRESSION);
    if (TIFFIsCODECConfigured(compression) == 0)
      refuse("the TIFF has a compression that is not read (" + std::to_string(compression) +
             "); convert it to PNG");
    // libjpeg converts YCbCr with interpolated chroma, as for JPEG files.
    if (isJpeg() && file_.number<std::uint16_t>(TIFFTAG_PHOTOMETRIC) == PHOTOMETRIC_YCBCR && !isPlanar())
      TIFFSetField(file_.get(), TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
  }

  // YCbCr samples that are not stored row by row: libtiff converts them (TIFFRGBAImage).
  bool needsRgbaInterface() const {
    return file_.number<std::uint16_t>(TIFFTAG_PHOTOMETRIC) == PHOTOMETRIC_YCBCR && (!isJpeg() || isPlanar());
  }

  void readRgba(RgbImage& image) {
    char reason[1024] = {};
    TIFFRGBAImage picture{};
    if (TIFFRGBAImageOK(file_.get(), reason) == 0 ||
        TIFFRGBAImageBegin(&picture, file_.get(), 1, reason) == 0)
      refuse(std::string("a TIFF of a kind that is not read: ") + reason);
    const std::unique_ptr<TIFFRGBAImage, decltype(&TIFFRGBAImageEnd)> ended(&picture, TIFFRGBAImageEnd);
    // In stored order: the caller applies the orientation.
    picture.req_orientation = picture.orientation;
    std::vector<std::uint32_t> pixels(image.pixels.size() / 3);
    if (TIFFRGBAImageGet(&picture, pixels.data(), picture.width, picture.height) == 0) file_.fail();
    for (std::size_t i = 0; i < pixels.size(); ++i) {
      image.pixels[3 * i] = static_cast<std::uint8_t>(TIFFGetR(pixels[i]));
      image.pixels[3 * i + 1] = static_cast<std::uint8_t>(TIFFGetG(pixels[i]));
      image.pixels[3 * i + 2] = static_cast<std::uint8_t>(TIFFGetB(pixels[i]));
    }
  }

  std::uint16_t photometric() const {
    std::uint16_t value = 0;
    if (TIFFGetField(file_.get(), TIFFTAG_PHOTOMETRIC, &value) == 0)
      refuse("the TIFF is damaged: it has no PhotometricInterpretation");
    return value;
  }

  void setColour(TiffLayout& layout) const {
    const std::uint16_t interpretation = photometric();
    switch (interpretation) {
      case PHOTOMETRIC_MINISWHITE:
      case PHOTOMETRIC_MINISBLACK:
        layout.colour = TiffLayout::Colour::grey;
        layout.whiteIsZero = interpretation == PHOTOMETRIC_MINISWHITE;
        return;
      case PHOTOMETRIC_YCBCR:  // converted to RGB by libjpeg
      case PHOTOMETRIC_RGB:
        layout.colour = TiffLayout::Colour::rgb;
        return;
      case PHOTOMETRIC_PALETTE: {
        layout.colour = TiffLayout::Colour::palette;
        std::array<std::uint16_t*, 3> maps{};
        if (layout.bits > 16 || layout.isFloat ||
            TIFFGetField(file_.get(), TIFFTAG_COLORMAP, &maps[0], &maps[1], &maps[2]) == 0)
          refuse("the TIFF is damaged: it has no palette");
        for (std::size_t c = 0; c < maps.size(); ++c)
          layout.colourMap[c] = {maps[c], std::size_t{1} << layout.bits};
        return;
      }
      case PHOTOMETRIC_SEPARATED:
        if (file_.number<std::uint16_t>(TIFFTAG_INKSET) != INKSET_CMYK)
          refuse("expected inks of CMYK in a TIFF, got others; convert it to RGB");
        layout.colour = TiffLayout::Colour::cmyk;
        return;
      case PHOTOMETRIC_CIELAB:
      case PHOTOMETRIC_ICCLAB:
      case PHOTOMETRIC_ITULAB:
        refuse("a TIFF in CIELAB colours is not read; convert it to RGB");
      case PHOTOMETRIC_LOGL:
      case PHOTOMETRIC_LOGLUV:
        refuse("a TIFF in LogLuv colours is not read; convert it to RGB");
      default:
        refuse("a TIFF with PhotometricInterpretation " + std::to_string(interpretation) +
               " is not read; convert it to RGB");
    }
  }

  TiffLayout layout() const {
    TiffLayout layout;
    layout.bits = file_.number<std::uint16_t>(TIFFTAG_BITSPERSAMPLE);
    layout.samples = file_.number<std::uint16_t>(TIFFTAG_SAMPLESPERPIXEL);
    layout.planar = isPlanar();
    const auto format = file_.number<std::uint16_t>(TIFFTAG_SAMPLEFORMAT);
    layout.isFloat = format == SAMPLEFORMAT_IEEEFP;
    const bool unsignedInteger = format == SAMPLEFORMAT_UINT || format == SAMPLEFORMAT_VOID;
    const bool supported = layout.isFloat ? layout.bits == 16 || layout.bits == 32 || layout.bits == 64
                                          : unsignedInteger && layout.bits >= 1 && layout.bits <= 32;
    if (!supported)
      refuse("expected a TIFF of unsigned samples of 1 to 32 bits, or of floats, got " +
             std::string(format == SAMPLEFORMAT_INT ? "signed ones"
                         : unsignedInteger          ? "others"
                                           : "others (SampleFormat " + std::to_string(format) + ")") +
             " of " + std::to_string(layout.bits) + " bits");
    setColour(layout);
    if (layout.samples < layout.colourSamples() || layout.samples > maxSamples)
      refuse("the TIFF is damaged: it has " + std::to_string(layout.samples) + " samples for each pixel");
    // Scientific image stacks: it is unknown which plane to read.
    if (layout.colour == TiffLayout::Colour::grey && layout.samples > 2)
      refuse("expected a grey TIFF of one sample for each pixel, besides alpha, got " +
             std::to_string(layout.samples) + "; convert it to RGB or to one file for each plane");
    setAlpha(layout);
    return layout;
  }

  void setAlpha(TiffLayout& layout) const {
    std::uint16_t count = 0;
    std::uint16_t* kinds = nullptr;
    TIFFGetFieldDefaulted(file_.get(), TIFFTAG_EXTRASAMPLES, &count, &kinds);
    const bool mayHaveAlpha =
        layout.colour == TiffLayout::Colour::rgb || layout.colour == TiffLayout::Colour::grey;
    for (int i = 0;
         mayHaveAlpha && kinds != nullptr && i < count && layout.colourSamples() + i < layout.samples; ++i)
      if (kinds[i] == EXTRASAMPLE_ASSOCALPHA) layout.alpha = layout.colourSamples() + i;
  }

  void readStripsOrTiles(RgbImage& image, const TiffLayout& layout) {
    const bool tiled = TIFFIsTiled(file_.get()) != 0;
    const auto width = static_cast<std::uint32_t>(image.width);
    const auto height = static_cast<std::uint32_t>(image.height);
    const auto blockWidth = tiled ? file_.number<std::uint32_t>(TIFFTAG_TILEWIDTH) : width;
    const auto blockHeight = tiled ? file_.number<std::uint32_t>(TIFFTAG_TILELENGTH)
                                   : file_.number<std::uint32_t>(TIFFTAG_ROWSPERSTRIP);
    if (blockWidth == 0 || blockHeight == 0) file_.fail();
    TiffRow row(layout);
    for (std::uint64_t y = 0; y < height; y += blockHeight)
      for (std::uint64_t x = 0; x < width; x += blockWidth) {
        const auto rows = static_cast<std::uint32_t>(std::min<std::uint64_t>(blockHeight, height - y));
        readStripOrTile(layout, static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(y), rows);
        const auto columns = static_cast<int>(std::min<std::uint64_t>(blockWidth, width - x));
        for (std::uint32_t i = 0; i < rows; ++i) {
          std::vector<const std::uint8_t*> planes;
          for (const auto& plane : planes_) planes.push_back(plane.data() + i * rowBytes_);
          row.convert(planes, columns, image.row(static_cast<std::int64_t>(y + i)) + 3 * x);
        }
      }
  }

  void readStripOrTile(const TiffLayout& layout, std::uint32_t x, std::uint32_t y, std::uint32_t rows) {
    TIFF* tiff = file_.get();
    const bool tiled = TIFFIsTiled(tiff) != 0;
    const tmsize_t size = tiled ? TIFFTileSize(tiff) : TIFFVStripSize(tiff, rows);
    const tmsize_t rowBytes = tiled ? TIFFTileRowSize(tiff) : TIFFScanlineSize(tiff);
    const auto planes = static_cast<std::size_t>(layout.planar ? layout.samples : 1);
    if (size <= 0 || rowBytes <= 0 || size / rows < rowBytes) file_.fail();
    if (size > TiffFile::maxBytes / static_cast<tmsize_t>(planes))
      refuse("expected strips and tiles of at most 1 GiB in a TIFF, got " + std::to_string(size) + " bytes");
    rowBytes_ = static_cast<std::size_t>(rowBytes);
    planes_.resize(planes);
    for (std::size_t i = 0; i < planes; ++i) {
      const auto sample = static_cast<std::uint16_t>(i);
      planes_[i].resize(static_cast<std::size_t>(size));
      const tmsize_t got =
          tiled ? TIFFReadEncodedTile(tiff, TIFFComputeTile(tiff, x, y, 0, sample), planes_[i].data(), size)
                : TIFFReadEncodedStrip(tiff, TIFFComputeStrip(tiff, y, sample), planes_[i].data(), size);
      if (got != size) file_.fail();
    }
  }

  TiffFile file_;
  std::vector<std::vector<std::uint8_t>> planes_;  // of one strip or tile
  std::size_t rowBytes_ = 0;
};

}  // namespace

RgbImage decodeTiff(Bytes file, std::int64_t maxPixels) {
  return TiffReader(file).decode(maxPixels);
}

}  // namespace cut::trainer
