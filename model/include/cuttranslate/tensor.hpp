// A tensor in host memory, without any library behind it: what weight files hold.
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
CUT_API std::string_view nameOf(DType type) noexcept;  // as PyTorch says it: "float32", "int64", "bool"

struct CUT_API Tensor {
  DType dtype = DType::float32;
  std::vector<std::int64_t> shape;  // empty for a scalar
  std::vector<std::byte> data;      // row-major without gaps, little-endian

  std::int64_t elements() const noexcept;
  bool operator==(const Tensor&) const = default;
};

// Elements converted to float (any type; values beyond float's range become infinite).
CUT_API std::vector<float> toFloats(const Tensor& tensor);
CUT_API Tensor fromFloats(std::vector<std::int64_t> shape, const std::vector<float>& values);

// (64, 3, 7, 7), as messages show it.
CUT_API std::string shapeText(const std::vector<std::int64_t>& shape);

// In the order of the file. Names are unique; readers refuse a file where they are not.
using StateDict = std::vector<std::pair<std::string, Tensor>>;

CUT_API const Tensor* find(const StateDict& dict, std::string_view name) noexcept;

}  // namespace cut
