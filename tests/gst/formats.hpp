// SPDX-License-Identifier: MIT
// The formats and colorimetries that the tests cover.
#pragma once

#include <string>
#include <vector>

namespace cut::test {

inline const std::vector<std::string>& rgbFormats() {
  static const auto& formats = *new std::vector<std::string>{"RGB",  "BGR",  "RGBx", "BGRx", "xRGB",
                                                             "xBGR", "RGBA", "BGRA", "ARGB", "ABGR"};
  return formats;
}

inline const std::vector<std::string>& yuvFormats() {
  static const auto& formats = *new std::vector<std::string>{
      "NV12",      "NV21",      "I420",      "YV12",      "YUY2",      "UYVY",      "P010_10LE", "YVYU",
      "VYUY",      "Y42B",      "NV16",      "NV61",      "Y444",      "NV24",      "v308",      "IYU2",
      "A420",      "AYUV",      "VUYA",      "P012_LE",   "P016_LE",   "I420_10LE", "I420_12LE", "A420_10LE",
      "I422_10LE", "I422_12LE", "A422_10LE", "Y444_10LE", "Y444_12LE", "Y444_16LE", "A444_10LE", "GBR",
      "GBRA",      "GBR_10LE",  "GBRA_10LE", "GBR_12LE",  "GBRA_12LE"};
  return formats;
}

inline std::vector<std::string> colourFormats() {
  auto all = rgbFormats();
  all.insert(all.end(), yuvFormats().begin(), yuvFormats().end());
  return all;
}

// BT.601, BT.709, BT.2020 and SMPTE 240M, limited and full range (range:matrix:transfer:primaries).
inline const std::vector<std::string>& colorimetries() {
  static const auto& names = *new std::vector<std::string>{"bt601",   "bt709",   "bt2020",  "smpte240m",
                                                           "1:4:7:1", "1:3:5:1", "1:6:11:7"};
  return names;
}

}  // namespace cut::test
