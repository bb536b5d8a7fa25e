// SPDX-License-Identifier: MIT
// A tensor in host memory, as weight files hold it; std types only.
#pragma once

#include "cuttranslate/export.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cut {

enum class DType { float16, bfloat16, float32, float64, uint8, int8, int16, int32, int64, boolean };

CUT_API std::size_t bytesPerElement(DType type) noexcept;
CUT_API std::string_view nameOf(DType type) noexcept;  // PyTorch's name: "float32", "int64", "bool"

struct CUT_API Tensor {
  DType dtype = DType::float32;
  std::vector<std::int64_t> shape;  // empty for a scalar
  std::vector<std::byte> data;      // row-major, contiguous, little-endian

  std::int64_t elements() const noexcept;
  bool operator==(const Tensor&) const = default;
};

// The elements converted to float, of any type; values beyond float's range become infinite.
CUT_API std::vector<float> toFloats(const Tensor& tensor);
CUT_API Tensor fromFloats(std::vector<std::int64_t> shape, const std::vector<float>& values);

// "(64, 3, 7, 7)"
CUT_API std::string shapeText(const std::vector<std::int64_t>& shape);

// In the order of the file. Readers refuse files with duplicate names.
using StateDict = std::vector<std::pair<std::string, Tensor>>;

CUT_API const Tensor* find(const StateDict& dict, std::string_view name) noexcept;

}  // namespace cut
