// When something that happens every so many images is due.
#pragma once

#include <cstdint>

namespace cut::trainer {

// Whether a count of images went past a multiple of `frequency` (above 0) on its way from `before` to
// `after`.
constexpr bool isDue(std::int64_t before, std::int64_t after, std::int64_t frequency) noexcept {
  return after / frequency != before / frequency;
}

}  // namespace cut::trainer
