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

// By content, whatever the name says.
std::optional<ImageFormat> imageFormat(std::span<const std::uint8_t> file);

// The name of an image format that is known and not read ("AVIF"); nothing for other files.
std::string_view foreignImageFormat(std::span<const std::uint8_t> file);
std::string_view foreignImageFormat(const std::filesystem::path& path);  // by its suffix

// ".png" of "a.PNG".
std::string lowerCaseSuffix(const std::filesystem::path& path);

// By suffix, in any case.
bool isImageName(const std::filesystem::path& path);

// What an orientation in a picture's EXIF data does: nothing, as in the reference (Pillow until it is asked),
// or the picture is turned and mirrored to stand as cameras and viewers show it.
enum class ExifOrientation { ignored, applied };

// jpg, png, webp, tiff, gif, bmp, or ppm and its kin, whatever its name says; always three channels.
//   16 bits    scaled to 8 with rounding; so is every other depth
//   grey       the same value in all three
//   alpha      dropped, as the reference does: what is composited would bring its background into the domain.
//              TIFF's associated alpha is divided out first
//   CMYK       as Pillow's convert("RGB")
//   animation  the first frame
// A TIFF's own orientation tag always counts, as in Pillow. Throws notFound, io, or wrongFile
// (another format, damaged, cut short, beyond maxPixels) with the file's name.
Picture readImage(const std::filesystem::path& path, ExifOrientation orientation = ExifOrientation::ignored);

}  // namespace cut::trainer
