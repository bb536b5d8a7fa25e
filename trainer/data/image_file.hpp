// SPDX-License-Identifier: MIT
// Image files: their formats, and reading them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "trainer/data/picture.hpp"

namespace cut::trainer {

enum class ImageFormat { jpeg, png, webp, tiff, gif, bmp, pnm };

inline constexpr std::string_view readableFormats = "jpg, png, webp, tiff, gif, bmp, ppm";

// Detected by the first bytes of the content, not by the name.
std::optional<ImageFormat> imageFormat(std::span<const std::uint8_t> file);

// The name of a known image format that is not supported ("AVIF"); empty for other files.
std::string_view unsupportedImageFormat(std::span<const std::uint8_t> file);
std::string_view unsupportedImageFormat(const std::filesystem::path& path);  // by its suffix

// ".png" of "a.PNG".
std::string lowerCaseSuffix(const std::filesystem::path& path);

// By suffix, in any case.
bool isImageName(const std::filesystem::path& path);

// Whether the orientation in EXIF data is ignored, as the reference does (Pillow applies it on request only),
// or applied, as viewers do.
enum class ExifOrientation { ignored, applied };

// A jpg, png, webp, tiff, gif, bmp or netpbm image as three channels, whatever its suffix.
//   16 bits    scaled to 8 with rounding; so is every other depth
//   grey       the same value in all three channels
//   alpha      dropped, as the reference does: compositing would bring a background into the domain.
//              TIFF's associated alpha is divided out first
//   CMYK       as Pillow's convert("RGB")
//   animation  the first frame
// A TIFF's orientation tag is always applied, as in Pillow. Throws notFound, io, or wrongFile (unsupported
// format, damaged, truncated, beyond maxPixels); messages begin with the path.
Picture readImage(const std::filesystem::path& path, ExifOrientation orientation = ExifOrientation::ignored);

}  // namespace cut::trainer
