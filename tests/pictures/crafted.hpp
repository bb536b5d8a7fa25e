// SPDX-License-Identifier: MIT
// Image files put together byte by byte, and the pixels that their decoders should give.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "pictures/rgb_image.hpp"

namespace cut::pictures::test {

std::string little(std::uint64_t value, int bytes);
std::string big(std::uint64_t value, int bytes);

// A row of samples of `bits` each, the highest bit first, padded to whole bytes.
std::string packed(const std::vector<std::uint32_t>& values, int bits);

// round(value * 255 / white), computed in another way than by the decoders.
int eightBits(double value, double white);

// A sample from 0 to `white`, different at each position.
std::uint32_t level(int x, int y, int c, std::uint32_t white);

// EXIF data with this orientation, beginning with the TIFF header.
std::string exif(int orientation, bool bigEndian);

struct PngKind {
  int width = 11;
  int height = 9;
  int bits = 8;
  int colourType = 2;  // 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA
  bool interlaced = false;
};

int channelsOf(const PngKind& kind);
std::string pngChunk(const std::string& type, const std::string& data);
// The samples are those of level(); `chunks` come before the pixels, `after` behind them.
std::string png(const PngKind& kind, const std::string& chunks = "", const std::string& after = "");

std::array<int, 3> pixel(const RgbImage& image, int x, int y);
std::vector<std::uint8_t> bytesOf(const std::string& text);

// Expects a wrongFile error whose message has this part.
void expectRefused(const std::string& part, const std::function<void()>& action);

}  // namespace cut::pictures::test
