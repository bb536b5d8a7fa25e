// What kind of image a file is, by its first bytes or by its name.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>

namespace cut::trainer {

enum class ImageFormat { jpeg, png, webp, tiff, gif, bmp, pnm };

inline constexpr std::string_view readableFormats = "jpg, png, webp, tiff, gif, bmp, ppm";

// By content, whatever the name says.
std::optional<ImageFormat> imageFormat(std::span<const std::uint8_t> file);

// The name of an image format that is known and not read ("AVIF"); nothing for other files.
std::string_view foreignImageFormat(std::span<const std::uint8_t> file);
std::string_view foreignImageFormat(const std::filesystem::path& path);  // by its suffix

// By suffix, in any case.
bool isImageName(const std::filesystem::path& path);

}  // namespace cut::trainer
