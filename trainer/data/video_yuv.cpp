// SPDX-License-Identifier: MIT
// RGB to YUV 4:2:0.
#include <algorithm>
#include <array>
#include <cmath>

#include "trainer/data/video_colours.hpp"

namespace cut::trainer {
namespace {

using Rgb = std::array<double, 3>;

// Coordinates beyond the border are clamped.
Rgb pixel(const Picture& picture, int x, int y) {
  x = std::clamp(x, 0, picture.width - 1);
  y = std::clamp(y, 0, picture.height - 1);
  const std::uint8_t* from = picture.row(y) + static_cast<std::size_t>(x) * picture.channels;
  if (picture.channels == 1) return {double(from[0]), double(from[0]), double(from[0])};
  return {double(from[0]), double(from[1]), double(from[2])};
}

std::uint8_t toByte(double value) {
  return static_cast<std::uint8_t>(std::lrint(std::clamp(value, 0.0, 255.0)));
}

double lumaOf(const LumaCoefficients& luma, const Rgb& rgb) {
  return luma.kr * rgb[0] + luma.kg() * rgb[1] + luma.kb * rgb[2];
}

// The mean of the pixels around the location of chroma sample (x, y): over two rows, and over two columns
// (centre) or three columns weighted 1, 2, 1 (left).
Rgb chromaMean(const Picture& picture, int x, int y, bool left) {
  Rgb sum{};
  const auto add = [&](int dx, double weight) {
    for (int dy = 0; dy < 2; ++dy) {
      const Rgb rgb = pixel(picture, 2 * x + dx, 2 * y + dy);
      for (std::size_t c = 0; c < 3; ++c) sum[c] += weight * rgb[c];
    }
  };
  if (left) add(-1, 0.125);
  add(0, 0.25);
  add(1, left ? 0.125 : 0.25);
  return sum;
}

}  // namespace

FramePtr toYuv420(const Picture& picture, int width, int height, const VideoColours& colours) {
  FramePtr frame = newFrame();
  frame->format = AV_PIX_FMT_YUV420P;
  frame->width = width;
  frame->height = height;
  checkMemory(av_frame_get_buffer(frame.get(), 0));
  frame->colorspace = colours.matrix;
  frame->color_range = colours.fullRange ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
  frame->chroma_location = colours.site;
  const LumaCoefficients luma = lumaCoefficients(colours.matrix).value();
  const double lumaGain = colours.fullRange ? 1 : 219.0 / 255.0;
  const double lumaOffset = colours.fullRange ? 0 : 16;
  for (int y = 0; y < height; ++y) {
    std::uint8_t* row = frame->data[0] + static_cast<std::ptrdiff_t>(y) * frame->linesize[0];
    for (int x = 0; x < width; ++x)
      row[x] = toByte(lumaGain * lumaOf(luma, pixel(picture, x, y)) + lumaOffset);
  }
  const double chromaGain = colours.fullRange ? 1 : 224.0 / 255.0;
  const double gainU = chromaGain / (2 * (1 - luma.kb));
  const double gainV = chromaGain / (2 * (1 - luma.kr));
  const bool left = colours.site != AVCHROMA_LOC_CENTER;
  for (int y = 0; y < (height + 1) / 2; ++y) {
    std::uint8_t* rowU = frame->data[1] + static_cast<std::ptrdiff_t>(y) * frame->linesize[1];
    std::uint8_t* rowV = frame->data[2] + static_cast<std::ptrdiff_t>(y) * frame->linesize[2];
    for (int x = 0; x < (width + 1) / 2; ++x) {
      const Rgb mean = chromaMean(picture, x, y, left);
      const double meanLuma = lumaOf(luma, mean);
      rowU[x] = toByte(gainU * (mean[2] - meanLuma) + 128);
      rowV[x] = toByte(gainV * (mean[0] - meanLuma) + 128);
    }
  }
  return frame;
}

}  // namespace cut::trainer
