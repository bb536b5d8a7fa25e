// SPDX-License-Identifier: MIT
#include "trainer/data/image_decoders.hpp"

#include <gif_lib.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace cut::trainer {
namespace {

using pictures::Bytes;
using pictures::refuse;
using pictures::RgbImage;

class GifReader {
 public:
  explicit GifReader(Bytes file) : remaining_(file) {
    int code = 0;
    gif_ = DGifOpen(
        this,
        [](GifFileType* gif, GifByteType* to, int size) {
          return static_cast<GifReader*>(gif->UserData)->readInput(to, size);
        },
        &code);
    if (gif_ == nullptr) fail(code);
  }
  GifReader(const GifReader&) = delete;
  GifReader& operator=(const GifReader&) = delete;
  ~GifReader() { DGifCloseFile(gif_, nullptr); }

  RgbImage read(std::int64_t maxPixels) {
    seekImage();
    const GifImageDesc& frame = gif_->Image;
    // As in Pillow, a frame that exceeds the logical screen enlarges it.
    RgbImage image = RgbImage::black(
        std::max<std::int64_t>(gif_->SWidth, std::int64_t{frame.Left} + frame.Width),
        std::max<std::int64_t>(gif_->SHeight, std::int64_t{frame.Top} + frame.Height), maxPixels);
    if (frame.Width < image.width || frame.Height < image.height) fillBackground(image);
    readFrame(image);
    return image;
  }

 private:
  [[noreturn]] void fail(int code) const {
    if (remaining_.empty()) refuse("the file is cut short");
    const char* text = GifErrorString(code);
    refuse(std::string("the GIF is damaged: ") + (text != nullptr ? text : "giflib gives no reason"));
  }

  void check(int status) const {
    if (status != GIF_OK) fail(gif_->Error);
  }

  int readInput(GifByteType* to, int size) {
    const std::size_t taken = std::min(remaining_.size(), static_cast<std::size_t>(std::max(size, 0)));
    std::memcpy(to, remaining_.data(), taken);
    remaining_ = remaining_.subspan(taken);
    return static_cast<int>(taken);
  }

  void seekImage() {
    for (GifRecordType record = UNDEFINED_RECORD_TYPE; record != IMAGE_DESC_RECORD_TYPE;) {
      check(DGifGetRecordType(gif_, &record));
      if (record == TERMINATE_RECORD_TYPE) refuse("the GIF has no picture");
      if (record == EXTENSION_RECORD_TYPE) readExtension();
    }
    check(DGifGetImageDesc(gif_));
  }

  void readExtension() {
    int code = 0;
    GifByteType* block = nullptr;  // its length, then its bytes
    check(DGifGetExtension(gif_, &code, &block));
    GraphicsControlBlock control{};
    if (code == GRAPHICS_EXT_FUNC_CODE && block != nullptr &&
        DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK)
      transparent_ = control.TransparentColor;
    while (block != nullptr) check(DGifGetExtensionNext(gif_, &block));
  }

  const ColorMapObject& colourMap() const {
    const ColorMapObject* map = gif_->Image.ColorMap != nullptr ? gif_->Image.ColorMap : gif_->SColorMap;
    if (map == nullptr) refuse("the GIF has no colour table");
    return *map;
  }

  void fillBackground(RgbImage& image) const {
    const ColorMapObject& map = colourMap();
    const int index = transparent_ != NO_TRANSPARENT_COLOR ? transparent_ : gif_->SBackGroundColor;
    if (index < 0 || index >= map.ColorCount) return;  // black
    const GifColorType& colour = map.Colors[index];
    for (std::size_t i = 0; i < image.pixels.size(); i += 3) {
      image.pixels[i] = colour.Red;
      image.pixels[i + 1] = colour.Green;
      image.pixels[i + 2] = colour.Blue;
    }
  }

  void readFrame(RgbImage& image) {
    const GifImageDesc& frame = gif_->Image;
    std::vector<GifPixelType> line(static_cast<std::size_t>(frame.Width));
    struct Pass {
      int first, step;
    };
    constexpr std::array<Pass, 4> interlaced{{{0, 8}, {4, 8}, {2, 4}, {1, 2}}};
    constexpr std::array<Pass, 1> plain{{{0, 1}}};
    const std::span<const Pass> passes =
        frame.Interlace ? std::span<const Pass>(interlaced) : std::span<const Pass>(plain);
    for (const auto& [first, step] : passes)
      for (int y = first; y < frame.Height; y += step) {
        check(DGifGetLine(gif_, line.data(), frame.Width));
        writeLine(line, image.row(frame.Top + y) + std::ptrdiff_t{3} * frame.Left);
      }
  }

  void writeLine(const std::vector<GifPixelType>& line, std::uint8_t* rgb) const {
    const ColorMapObject& map = colourMap();
    for (const GifPixelType index : line) {
      if (index >= map.ColorCount)
        refuse("the GIF is damaged: a pixel's colour index is not in its colour table");
      const GifColorType& colour = map.Colors[index];
      *rgb++ = colour.Red;
      *rgb++ = colour.Green;
      *rgb++ = colour.Blue;
    }
  }

  Bytes remaining_;
  GifFileType* gif_ = nullptr;
  int transparent_ = NO_TRANSPARENT_COLOR;
};

}  // namespace

RgbImage decodeGif(Bytes file, std::int64_t maxPixels) {
  return GifReader(file).read(maxPixels);
}

}  // namespace cut::trainer
