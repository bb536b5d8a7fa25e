// SPDX-License-Identifier: MIT
#include "cuttranslate/tensor.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/tensor_checks.hpp"
#include "cuttranslate/error.hpp"

static_assert(std::endian::native == std::endian::little,
              "tensors keep the byte order of files, which is little-endian");

namespace cut {
namespace {

float fromHalf(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000) << 16;
  const std::uint32_t exponent = half >> 10 & 31;
  const std::uint32_t mantissa = half & 0x3FF;
  if (exponent == 0) {  // zero and subnormals: mantissa * 2^-24
    const float value = std::ldexp(static_cast<float>(mantissa), -24);
    return sign != 0 ? -value : value;
  }
  const std::uint32_t wide = exponent == 31 ? 255 : exponent + 112;
  return std::bit_cast<float>(sign | wide << 23 | mantissa << 13);
}

float fromBfloat16(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

float fromDouble(double value) {
  constexpr double largest = std::numeric_limits<float>::max();
  if (value > largest) return std::numeric_limits<float>::infinity();
  if (value < -largest) return -std::numeric_limits<float>::infinity();
  return static_cast<float>(value);
}

template <typename T, typename Convert>
void convertAll(const std::vector<std::byte>& data, std::vector<float>& out, Convert convert) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    T value;
    std::memcpy(&value, data.data() + i * sizeof(T), sizeof(T));
    out[i] = convert(value);
  }
}

template <typename T>
void convertPlain(const std::vector<std::byte>& data, std::vector<float>& out) {
  convertAll<T>(data, out, [](T value) { return static_cast<float>(value); });
}

}  // namespace

std::size_t bytesPerElement(DType type) noexcept {
  switch (type) {
    case DType::uint8:
    case DType::int8:
    case DType::boolean:
      return 1;
    case DType::float16:
    case DType::bfloat16:
    case DType::int16:
      return 2;
    case DType::float32:
    case DType::int32:
      return 4;
    case DType::float64:
    case DType::int64:
      return 8;
  }
  return 0;
}

std::string_view nameOf(DType type) noexcept {
  switch (type) {
    case DType::float16:
      return "float16";
    case DType::bfloat16:
      return "bfloat16";
    case DType::float32:
      return "float32";
    case DType::float64:
      return "float64";
    case DType::uint8:
      return "uint8";
    case DType::int8:
      return "int8";
    case DType::int16:
      return "int16";
    case DType::int32:
      return "int32";
    case DType::int64:
      return "int64";
    case DType::boolean:
      return "bool";
  }
  return "unknown";
}

std::int64_t Tensor::elements() const noexcept {
  return checkedElements(shape).value_or(0);
}

std::vector<float> toFloats(const Tensor& tensor) {
  const auto elements = static_cast<std::size_t>(tensor.elements());
  if (tensor.data.size() != elements * bytesPerElement(tensor.dtype))
    throw Error(ErrorKind::invalidArgument, "a tensor of shape " + shapeText(tensor.shape) +
                                                " has another number of bytes than its shape needs");
  std::vector<float> out(elements);
  switch (tensor.dtype) {
    case DType::float16:
      convertAll<std::uint16_t>(tensor.data, out, fromHalf);
      break;
    case DType::bfloat16:
      convertAll<std::uint16_t>(tensor.data, out, fromBfloat16);
      break;
    case DType::float32:
      convertPlain<float>(tensor.data, out);
      break;
    case DType::float64:
      convertAll<double>(tensor.data, out, fromDouble);
      break;
    case DType::uint8:
      convertPlain<std::uint8_t>(tensor.data, out);
      break;
    case DType::int8:
      convertPlain<std::int8_t>(tensor.data, out);
      break;
    case DType::int16:
      convertPlain<std::int16_t>(tensor.data, out);
      break;
    case DType::int32:
      convertPlain<std::int32_t>(tensor.data, out);
      break;
    case DType::int64:
      convertPlain<std::int64_t>(tensor.data, out);
      break;
    case DType::boolean:
      convertAll<std::uint8_t>(tensor.data, out, [](std::uint8_t value) { return value != 0 ? 1.0F : 0.0F; });
      break;
  }
  return out;
}

Tensor fromFloats(std::vector<std::int64_t> shape, const std::vector<float>& values) {
  const auto elements = checkedElements(shape);
  if (!elements || static_cast<std::size_t>(*elements) != values.size())
    throw Error(ErrorKind::invalidArgument,
                std::to_string(values.size()) + " values do not fill a tensor of shape " + shapeText(shape));
  Tensor tensor{DType::float32, std::move(shape), {}};
  const auto bytes = std::as_bytes(std::span(values));
  tensor.data.assign(bytes.begin(), bytes.end());
  return tensor;
}

std::string shapeText(const std::vector<std::int64_t>& shape) {
  std::string text = "(";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (i > 0) text += ", ";
    text += std::to_string(shape[i]);
  }
  if (shape.size() == 1) text += ",";
  return text + ")";
}

const Tensor* find(const StateDict& dict, std::string_view name) noexcept {
  const auto found =
      std::find_if(dict.begin(), dict.end(), [&](const auto& entry) { return entry.first == name; });
  return found == dict.end() ? nullptr : &found->second;
}

}  // namespace cut
