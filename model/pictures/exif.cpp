// SPDX-License-Identifier: MIT
#include "pictures/exif.hpp"

namespace cut::pictures {

int exifOrientation(Bytes exif) noexcept {
  using namespace std::string_view_literals;
  constexpr std::uint32_t orientationTag = 0x112, shortType = 3;
  if (hasAt(exif, 0, "Exif\0\0"sv)) exif = exif.subspan(6);
  const bool little = hasAt(exif, 0, "II*\0"sv);
  if (!little && !hasAt(exif, 0, "MM\0*"sv)) return 1;
  const Order order = little ? Order::little : Order::big;
  const std::size_t directory = number(exif, 4, 4, order);
  const std::uint32_t entries = number(exif, directory, 2, order);
  for (std::uint32_t i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + std::size_t{12} * i;
    if (number(exif, entry, 2, order) != orientationTag || number(exif, entry + 2, 2, order) != shortType)
      continue;
    const std::uint32_t value = number(exif, entry + 8, 2, order);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

}  // namespace cut::pictures
