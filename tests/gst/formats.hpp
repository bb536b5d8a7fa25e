// The formats that the element takes, as the tests need them.
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
  static const auto& formats =
      *new std::vector<std::string>{"NV12", "NV21", "I420", "YV12", "YUY2", "UYVY", "P010_10LE"};
  return formats;
}

inline std::vector<std::string> colourFormats() {
  auto all = rgbFormats();
  all.insert(all.end(), yuvFormats().begin(), yuvFormats().end());
  return all;
}

// BT.601, BT.709 and BT.2020, limited and full range (range:matrix:transfer:primaries).
inline const std::vector<std::string>& colorimetries() {
  static const auto& names =
      *new std::vector<std::string>{"bt601", "bt709", "bt2020", "1:4:7:1", "1:3:5:1", "1:6:11:7"};
  return names;
}

}  // namespace cut::test
