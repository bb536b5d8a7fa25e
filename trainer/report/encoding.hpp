// SPDX-License-Identifier: MIT
// Pictures and JSON as bytes that a browser shows.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "trainer/data/picture.hpp"

namespace cut::trainer {

// Lossless. Throws internal if the encoder fails.
std::string encodePng(const Picture& picture);
// Lossy at high quality, downscaled to a longer side of at most `longestSide`.
std::string encodeWebp(const Picture& picture, int longestSide);

struct PictureSize {
  int width = 0;
  int height = 0;
};
// The size in the header of a WebP file (RFC 9649, simple lossy); nothing where the bytes are none, or not
// all of it.
std::optional<PictureSize> webpSize(std::string_view bytes);

std::string base64(std::string_view bytes);  // RFC 4648

// JSON that may stand inside a <script>: "<" is escaped, so that nothing closes the element; bytes that are
// not UTF-8 become U+FFFD.
std::string jsonText(const nlohmann::json& value);

}  // namespace cut::trainer
