// Picture files put together byte by byte, and what their decoders should make of them.
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

// A row of numbers of `bits` each, the highest bit first, filled up to whole bytes.
std::string packed(const std::vector<std::uint32_t>& values, int bits);

// round(value * 255 / white), by another way than the decoders'.
int eightBits(double value, double white);

// A number from 0 to `white` for each place, every one another.
std::uint32_t level(int x, int y, int c, std::uint32_t white);

// EXIF data from their TIFF header on, with this orientation.
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
// Samples by level(); `chunks` stand before the pixels, `after` behind them.
std::string png(const PngKind& kind, const std::string& chunks = "", const std::string& after = "");

std::array<int, 3> pixel(const RgbImage& image, int x, int y);
std::vector<std::uint8_t> bytesOf(const std::string& text);

// That cut::Error is thrown whose message has this part.
void expectRefused(const std::string& part, const std::function<void()>& action);

}  // namespace cut::pictures::test
