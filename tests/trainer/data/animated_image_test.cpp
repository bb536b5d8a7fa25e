// SPDX-License-Identifier: MIT
// GIF and WebP: still images, and the first frame of animations.
#include <gif_lib.h>
#include <gtest/gtest.h>
#include <webp/encode.h>
#include <webp/mux.h>

#include "crafted.hpp"
#include "trainer/data/image_decoders.hpp"

namespace cut::trainer {
namespace {

using namespace std::string_literals;
using pictures::RgbImage;
using pictures::test::expectRefused, pictures::test::level;

constexpr int width = 11, height = 13;
constexpr std::int64_t maxPixels = 1000;

std::array<int, 3> colour(int index) {
  return {index * 16, 255 - index * 16, index * 5};
}

struct Frame {
  int left = 0, top = 0, width = trainer::width, height = trainer::height;
  bool interlaced = false;
  int transparent = NO_TRANSPARENT_COLOR;
  int channel = 0;  // of level(): another picture
};

class Gif {
 public:
  explicit Gif(int background = 0) {
    int failure = 0;
    gif_ = EGifOpen(
        &bytes_,
        [](GifFileType* gif, const GifByteType* data, int size) {
          static_cast<std::string*>(gif->UserData)->append(reinterpret_cast<const char*>(data), size);
          return size;
        },
        &failure);
    EGifSetGifVersion(gif_, true);
    ColorMapObject* map = GifMakeMapObject(16, nullptr);
    for (int i = 0; i < 16; ++i) {
      const auto [red, green, blue] = colour(i);
      map->Colors[i] = {static_cast<GifByteType>(red), static_cast<GifByteType>(green),
                        static_cast<GifByteType>(blue)};
    }
    EGifPutScreenDesc(gif_, width, height, 8, background, map);
    GifFreeMapObject(map);
  }

  Gif& add(const Frame& frame) {
    GraphicsControlBlock control{DISPOSAL_UNSPECIFIED, false, 10, frame.transparent};
    GifByteType block[4];
    EGifGCBToExtension(&control, block);
    EGifPutExtension(gif_, GRAPHICS_EXT_FUNC_CODE, sizeof block, block);
    EGifPutImageDesc(gif_, frame.left, frame.top, frame.width, frame.height, frame.interlaced, nullptr);
    std::vector<int> order;
    for (const auto& [first, step] : {std::pair(0, 8), std::pair(4, 8), std::pair(2, 4), std::pair(1, 2)})
      for (int y = first; y < frame.height; y += step) order.push_back(y);
    for (int i = 0; i < frame.height; ++i) {
      std::vector<GifPixelType> line;
      const int y = frame.interlaced ? order[static_cast<std::size_t>(i)] : i;
      for (int x = 0; x < frame.width; ++x)
        line.push_back(static_cast<GifPixelType>(level(x, y, frame.channel, 15)));
      EGifPutLine(gif_, line.data(), frame.width);
    }
    return *this;
  }

  std::string close() {
    EGifCloseFile(gif_, nullptr);
    return bytes_;
  }

 private:
  std::string bytes_;
  GifFileType* gif_ = nullptr;
};

RgbImage decodedGif(const std::string& file) {
  return decodeGif(pictures::test::bytesOf(file), maxPixels);
}

void expectFrame(const RgbImage& image, const Frame& frame, int background) {
  ASSERT_EQ(image.width, width);
  ASSERT_EQ(image.height, height);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const int column = x - frame.left, row = y - frame.top;
      const bool inside = column >= 0 && row >= 0 && column < frame.width && row < frame.height;
      const int index = inside ? static_cast<int>(level(column, row, frame.channel, 15)) : background;
      ASSERT_EQ(pictures::test::pixel(image, x, y), colour(index)) << x << " " << y;
    }
}

TEST(GifImage, FirstFrameOfAnAnimationIsRead) {
  expectFrame(decodedGif(Gif().add({}).add({.channel = 1}).close()), {}, 0);
}

TEST(GifImage, InterlacedIsRead) {
  expectFrame(decodedGif(Gif().add({.interlaced = true}).close()), {}, 0);
}

TEST(GifImage, SmallerFrameIsSurroundedByTheBackground) {
  const Frame small{.left = 2, .top = 3, .width = 5, .height = 4};
  expectFrame(decodedGif(Gif(9).add(small).close()), small, 9);
}

// As in Pillow, transparent pixels and the background have the colour of the transparent index.
TEST(GifImage, TransparentPixelsKeepTheirColour) {
  const Frame small{.left = 2, .top = 3, .width = 5, .height = 4, .transparent = 6};
  expectFrame(decodedGif(Gif(9).add(small).close()), small, 6);
}

TEST(GifImage, TruncatedOrWithoutAFrameThrowsAndPrintsNothing) {
  const std::string whole = Gif().add({}).close();
  testing::internal::CaptureStderr();
  for (std::size_t kept = 6; kept < whole.size() - 3; kept += 3)
    expectRefused("", [&] { decodedGif(whole.substr(0, kept)); });
  expectRefused("has no picture", [&] { decodedGif(whole.substr(0, 13 + 48) + ";"); });
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(GifImage, SizeBeyondTheLimitThrowsBeforeDecoding) {
  std::string file = Gif().add({}).close();
  file.replace(6, 4, pictures::test::little(60000, 2) + pictures::test::little(50000, 2));
  expectRefused("60000 x 50000", [&] { decodedGif(file); });
}

std::vector<std::uint8_t> rgba(int channel) {
  std::vector<std::uint8_t> pixels;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < 4; ++c) pixels.push_back(static_cast<std::uint8_t>(level(x, y, c + channel, 255)));
  return pixels;
}

struct Writer : WebPMemoryWriter {
  Writer() : WebPMemoryWriter{} { WebPMemoryWriterInit(this); }
  ~Writer() { WebPMemoryWriterClear(this); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
};

// Lossless, and exact also for the colours of transparent pixels.
std::string webp(int channel = 0) {
  WebPConfig config;
  WebPConfigInit(&config);
  config.lossless = 1;
  config.exact = 1;
  WebPPicture picture;
  WebPPictureInit(&picture);
  picture.use_argb = 1;
  picture.width = width;
  picture.height = height;
  WebPPictureImportRGBA(&picture, rgba(channel).data(), width * 4);
  Writer writer;
  picture.writer = WebPMemoryWrite;
  picture.custom_ptr = &writer;
  EXPECT_TRUE(WebPEncode(&config, &picture));
  WebPPictureFree(&picture);
  return {reinterpret_cast<const char*>(writer.mem), writer.size};
}

std::string assembled(WebPMux* mux) {
  WebPData data{};
  EXPECT_EQ(WebPMuxAssemble(mux, &data), WEBP_MUX_OK);
  std::string file(reinterpret_cast<const char*>(data.bytes), data.size);
  WebPDataClear(&data);
  WebPMuxDelete(mux);
  return file;
}

WebPData dataOf(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string animation(int left, int top) {
  WebPMux* mux = WebPMuxNew();
  WebPMuxSetCanvasSize(mux, width + 4, height + 4);
  for (const int channel : {0, 5}) {
    const std::string frame = webp(channel);
    WebPMuxFrameInfo info{};
    info.bitstream = dataOf(frame);
    info.x_offset = left;
    info.y_offset = top;
    info.duration = 100;
    info.id = WEBP_CHUNK_ANMF;
    WebPMuxPushFrame(mux, &info, 1);
  }
  WebPMuxAnimParams parameters{0xffffffff, 0};
  WebPMuxSetAnimationParams(mux, &parameters);
  return assembled(mux);
}

RgbImage decodedWebp(const std::string& file) {
  return decodeWebp(pictures::test::bytesOf(file), maxPixels);
}

std::array<int, 3> levels(int x, int y) {
  return {static_cast<int>(level(x, y, 0, 255)), static_cast<int>(level(x, y, 1, 255)),
          static_cast<int>(level(x, y, 2, 255))};
}

TEST(WebpImage, AlphaIsDroppedAndColoursAreKept) {
  const RgbImage image = decodedWebp(webp());
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) ASSERT_EQ(pictures::test::pixel(image, x, y), levels(x, y));
}

TEST(WebpImage, FirstFrameOfAnAnimationIsReadOnBlack) {
  const RgbImage image = decodedWebp(animation(2, 4));
  ASSERT_EQ(image.width, width + 4);
  ASSERT_EQ(image.height, height + 4);
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x) {
      const bool inside = x >= 2 && x < width + 2 && y >= 4;
      ASSERT_EQ(pictures::test::pixel(image, x, y), inside ? levels(x - 2, y - 4) : (std::array{0, 0, 0}));
    }
}

TEST(WebpImage, ExifOrientationIsRead) {
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const std::string still = webp(), exif = pictures::test::exif(orientation, orientation % 2 == 0);
    const WebPData image = dataOf(still), chunk = dataOf(exif);
    WebPMux* mux = WebPMuxNew();
    WebPMuxSetImage(mux, &image, 1);
    WebPMuxSetChunk(mux, "EXIF", &chunk, 1);
    EXPECT_EQ(decodedWebp(assembled(mux)).orientation, orientation);
  }
}

TEST(WebpImage, TruncatedOrDamagedThrowsAndPrintsNothing) {
  testing::internal::CaptureStderr();
  for (const std::string& whole : {webp(), animation(0, 0)}) {
    for (std::size_t kept = 12; kept + 2 < whole.size(); kept += 9)
      expectRefused("", [&] { decodedWebp(whole.substr(0, kept)); });
    std::string damaged = whole;
    damaged.replace(whole.find("VP8L") + 13, 40, std::string(40, '\xff'));
    expectRefused("", [&] { decodedWebp(damaged); });
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(WebpImage, SizeBeyondTheLimitThrowsBeforeDecoding) {
  std::string file = animation(0, 0);
  file.replace(24, 6, pictures::test::little(9999, 3) + pictures::test::little(19999, 3));
  expectRefused("10000 x 20000", [&] { decodedWebp(file); });
}

}  // namespace
}  // namespace cut::trainer
