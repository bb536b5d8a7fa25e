// Format and size of an image file from its first bytes, before a decoder takes memory for it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace cut::trainer {

enum class ImageFormat { jpeg, png, bmp, pnm, tiff, webp };

struct ImageHeader {
  ImageFormat format;
  std::int64_t width;
  std::int64_t height;
  int white = 0;  // pnm: the value of white; 0 elsewhere: the greatest of the depth
};

// Recognised by content, not by name. Nothing where it is no such file or its header is damaged.
std::optional<ImageHeader> readImageHeader(std::span<const std::uint8_t> file);

// Whether a JPEG's data reaches its end marker: decoders paint what is missing grey and say nothing.
bool isCompleteJpeg(std::span<const std::uint8_t> file);

}  // namespace cut::trainer
