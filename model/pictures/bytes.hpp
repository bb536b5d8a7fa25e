// SPDX-License-Identifier: MIT
// Numbers and signatures in the bytes of an image file, without reading beyond its end.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace cut::pictures {

using Bytes = std::span<const std::uint8_t>;

enum class Order { little, big };

// An unsigned number of `size` (1 to 4) bytes at `at`; 0 where the file ends before its last byte.
inline std::uint32_t number(Bytes file, std::size_t at, std::size_t size, Order order) noexcept {
  if (at > file.size() || size > file.size() - at) return 0;
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; ++i)
    value = value << 8 | file[at + (order == Order::big ? i : size - 1 - i)];
  return value;
}

inline bool hasAt(Bytes file, std::size_t at, std::string_view text) noexcept {
  return at <= file.size() && text.size() <= file.size() - at &&
         std::equal(text.begin(), text.end(), file.begin() + static_cast<std::ptrdiff_t>(at),
                    [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; });
}

}  // namespace cut::pictures
