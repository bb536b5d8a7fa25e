// Sizes from a file, multiplied without overflow.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>

namespace cut {

// The elements of a shape; nothing where a side is negative or the sides (zeros aside) multiply to too much.
inline std::optional<std::int64_t> checkedElements(std::span<const std::int64_t> shape) noexcept {
  std::int64_t product = 1;
  bool empty = false;
  for (const std::int64_t side : shape) {
    if (side < 0) return std::nullopt;
    if (side == 0) {
      empty = true;
    } else if (__builtin_mul_overflow(product, side, &product)) {
      return std::nullopt;
    }
  }
  return empty ? 0 : product;
}

}  // namespace cut
