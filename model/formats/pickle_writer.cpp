// SPDX-License-Identifier: MIT
#include "formats/pickle_writer.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "cuttranslate/error.hpp"
#include "formats/pickle_machine.hpp"

namespace cut {
namespace {

std::string_view storageTypeName(DType type) {
  switch (type) {
    case DType::float16:
      return "HalfStorage";
    case DType::bfloat16:
      return "BFloat16Storage";
    case DType::float32:
      return "FloatStorage";
    case DType::float64:
      return "DoubleStorage";
    case DType::uint8:
      return "ByteStorage";
    case DType::int8:
      return "CharStorage";
    case DType::int16:
      return "ShortStorage";
    case DType::int32:
      return "IntStorage";
    case DType::int64:
      return "LongStorage";
    case DType::boolean:
      return "BoolStorage";
  }
  throw Error(ErrorKind::invalidArgument, "a tensor has a type that cannot be written");
}

std::vector<std::int64_t> contiguousStrides(const std::vector<std::int64_t>& shape) {
  std::vector<std::int64_t> strides(shape.size(), 1);
  for (std::size_t i = shape.size(); i-- > 1;)
    strides[i - 1] = strides[i] * std::max<std::int64_t>(shape[i], 1);
  return strides;
}

}  // namespace

PickleWriter::PickleWriter() {
  byte(op::proto);
  byte(2);
}

void PickleWriter::byte(std::uint8_t value) {
  bytes_.push_back(static_cast<std::byte>(value));
}

void PickleWriter::number(std::uint64_t value, int width) {
  for (int i = 0; i < width; ++i) byte(static_cast<std::uint8_t>(value >> (8 * i)));
}

void PickleWriter::none() {
  byte(op::none);
}

void PickleWriter::boolean(bool value) {
  byte(value ? op::newTrue : op::newFalse);
}

void PickleWriter::integer(std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  if (value >= 0 && value <= 0xFF) {
    byte(op::binInt1);
    number(bits, 1);
  } else if (value >= 0 && value <= 0xFFFF) {
    byte(op::binInt2);
    number(bits, 2);
  } else if (value == static_cast<std::int32_t>(value)) {
    byte(op::binInt);
    number(bits, 4);
  } else {
    byte(op::long1);
    byte(8);
    number(bits, 8);
  }
}

void PickleWriter::text(std::string_view text) {
  if (text.size() > std::numeric_limits<std::uint32_t>::max())
    throw Error(ErrorKind::invalidArgument, "a string of over 4 GiB cannot be written to a model file");
  byte(op::binUnicode);
  number(text.size(), 4);
  for (const char c : text) byte(static_cast<std::uint8_t>(c));
}

void PickleWriter::global(std::string_view module, std::string_view name) {
  byte(op::global);
  for (const std::string_view part : {module, name}) {
    for (const char c : part) byte(static_cast<std::uint8_t>(c));
    byte('\n');
  }
}

void PickleWriter::emptyOrderedDict() {
  global("collections", "OrderedDict");
  byte(op::emptyTuple);
  byte(op::reduce);
}

void PickleWriter::beginDict() {
  byte(op::emptyDict);
  byte(op::mark);
}

void PickleWriter::beginOrderedDict() {
  emptyOrderedDict();
  byte(op::mark);
}

void PickleWriter::endDict() {
  byte(op::setItems);
}

void PickleWriter::tuple(const std::vector<std::int64_t>& numbers) {
  if (numbers.empty()) return byte(op::emptyTuple);
  byte(op::mark);
  for (const std::int64_t value : numbers) integer(value);
  byte(op::tuple);
}

void PickleWriter::tensor(const Tensor& tensor, std::string_view storageKey) {
  global("torch._utils", "_rebuild_tensor_v2");
  byte(op::mark);
  byte(op::mark);
  text("storage");
  global("torch", storageTypeName(tensor.dtype));
  text(storageKey);
  text("cpu");
  integer(tensor.elements());
  byte(op::tuple);
  byte(op::binPersId);
  integer(0);  // offset
  tuple(tensor.shape);
  tuple(contiguousStrides(tensor.shape));
  boolean(false);      // requires_grad
  emptyOrderedDict();  // hooks
  byte(op::tuple);
  byte(op::reduce);
}

std::vector<std::byte> PickleWriter::finish() {
  byte(op::stop);
  return std::move(bytes_);
}

}  // namespace cut
