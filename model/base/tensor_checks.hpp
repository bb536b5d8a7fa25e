// SPDX-License-Identifier: MIT
// Checks of tensors that came from a file or go into one.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cuttranslate/error.hpp"
#include "cuttranslate/tensor.hpp"

namespace cut {

// The number of elements of a shape; nothing where a dimension is negative or the product of those that are
// not 0 overflows.
inline std::optional<std::int64_t> checkedElements(std::span<const std::int64_t> shape) noexcept {
  std::int64_t product = 1;
  bool empty = false;
  for (const std::int64_t size : shape) {
    if (size < 0) return std::nullopt;
    if (size == 0) {
      empty = true;
    } else if (__builtin_mul_overflow(product, size, &product)) {
      return std::nullopt;
    }
  }
  return empty ? 0 : product;
}

// Throws invalidArgument where a tensor's data is not as long as its shape and type say.
inline void checkByteCount(const Tensor& tensor) {
  const auto elements = checkedElements(tensor.shape);
  if (!elements || static_cast<std::size_t>(*elements) * bytesPerElement(tensor.dtype) != tensor.data.size())
    throw Error(ErrorKind::invalidArgument, "a tensor of type " + std::string(nameOf(tensor.dtype)) +
                                                " and shape " + shapeText(tensor.shape) + " has " +
                                                std::to_string(tensor.data.size()) +
                                                " bytes, which is not what they need");
}

// The name of the first tensor with an element that is NaN or infinite; nullptr where there is none.
inline const std::string* firstNonFinite(const StateDict& weights) {
  const auto found = std::find_if(weights.begin(), weights.end(), [](const auto& entry) {
    const std::vector<float> values = toFloats(entry.second);
    return !std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); });
  });
  return found == weights.end() ? nullptr : &found->first;
}

}  // namespace cut
