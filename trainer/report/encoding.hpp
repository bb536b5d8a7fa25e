// Pictures and JSON as bytes that a browser shows.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "trainer/data/picture.hpp"

namespace cut::trainer {

// Lossless; every pixel. Throws internal if the encoder fails.
std::string encodePng(const Picture& picture);
// Small: near lossless to the eye, the longer side at most `longestSide`.
std::string encodeWebp(const Picture& picture, int longestSide);
struct PictureSize {
  int width = 0;
  int height = 0;
};
// What these bytes say of themselves (RFC 9649, simple lossy); nothing where they are no such file or not
// whole.
std::optional<PictureSize> webpSize(std::string_view bytes);

std::string base64(std::string_view bytes);  // RFC 4648

// No "<" is left in it, so that nothing closes the element; bytes that are no UTF-8 become U+FFFD.
std::string jsonText(const nlohmann::json& value);

}  // namespace cut::trainer
