// SPDX-License-Identifier: MIT
#include "formats/safetensors.hpp"

#include <array>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "base/tensor_checks.hpp"
#include "base/text.hpp"
#include "cuttranslate/error.hpp"

namespace cut {
namespace {

constexpr std::uint64_t maxHeaderBytes = 4 << 20;
constexpr std::size_t lengthBytes = 8;
constexpr std::size_t dataAlignment = 8;  // of the tensors' bytes in the file; spaces pad the header
constexpr std::size_t maxDimensions = 64;
constexpr std::string_view metadataKey = "__metadata__";

struct SupportedType {
  DType type;
  std::string_view name;
};
constexpr std::array supportedTypes{
    SupportedType{DType::float16, "F16"}, SupportedType{DType::bfloat16, "BF16"},
    SupportedType{DType::float32, "F32"}, SupportedType{DType::float64, "F64"},
    SupportedType{DType::uint8, "U8"},    SupportedType{DType::int8, "I8"},
    SupportedType{DType::int16, "I16"},   SupportedType{DType::int32, "I32"},
    SupportedType{DType::int64, "I64"},   SupportedType{DType::boolean, "BOOL"}};

// The other types of the format.
struct UnsupportedType {
  std::string_view name;
  std::uint64_t bits;  // of an element
};
constexpr std::array unsupportedTypes{
    UnsupportedType{"F4", 4},          UnsupportedType{"F6_E2M3", 6},     UnsupportedType{"F6_E3M2", 6},
    UnsupportedType{"F8_E5M2", 8},     UnsupportedType{"F8_E4M3", 8},     UnsupportedType{"F8_E8M0", 8},
    UnsupportedType{"F8_E4M3FNUZ", 8}, UnsupportedType{"F8_E5M2FNUZ", 8}, UnsupportedType{"U16", 16},
    UnsupportedType{"U32", 32},        UnsupportedType{"U64", 64},        UnsupportedType{"C64", 64}};

// "F32"; nothing for an unsupported type.
std::optional<DType> dtypeFromName(std::string_view name) noexcept {
  for (const auto& [type, known] : supportedTypes)
    if (known == name) return type;
  return std::nullopt;
}

// The bits of an element of any type of the format; 0 for a type that is unknown here.
std::uint64_t bitsPerElement(std::string_view name) noexcept {
  if (const auto type = dtypeFromName(name)) return 8 * bytesPerElement(*type);
  for (const auto& [known, bits] : unsupportedTypes)
    if (known == name) return bits;
  return 0;
}

std::string_view nameInFormat(DType type) {
  for (const auto& [known, name] : supportedTypes)
    if (known == type) return name;
  throw Error(ErrorKind::invalidArgument, "a tensor has a type that cannot be written");
}

[[noreturn]] void failHeader(const std::string& what) {
  throw Error(ErrorKind::wrongFile, "its safetensors header " + what);
}

// Takes the events of nlohmann's SAX parser and refuses everything but the form of the format, so that memory
// grows with the header's length only:
// {name: {"dtype": text, "shape": [n, ...], "data_offsets": [begin, end]}, "__metadata__": {text: text}}
class HeaderHandler {
 public:
  using number_integer_t = nlohmann::json::number_integer_t;
  using number_unsigned_t = nlohmann::json::number_unsigned_t;
  using number_float_t = nlohmann::json::number_float_t;
  using string_t = nlohmann::json::string_t;
  using binary_t = nlohmann::json::binary_t;

  SafetensorsHeader take() && { return std::move(header_); }

  bool start_object(std::size_t /*elements*/) {
    if (state_ == State::start) return move(State::top);
    if (state_ == State::metadataBegin) return move(State::metadata);
    if (state_ == State::tensorBegin) return move(State::tensor);
    failForm();
  }

  bool end_object() {
    if (state_ == State::top) return move(State::end);
    if (state_ == State::metadata) return move(State::top);
    if (state_ == State::tensor) return finishTensor();
    failForm();
  }

  bool key(string_t& name) {
    if (state_ == State::top) return beginEntry(name);
    if (state_ == State::tensor) return beginField(name);
    if (state_ != State::metadata) failForm();
    if (header_.metadata.contains(name)) failHeader("has the metadata '" + printable(name) + "' twice");
    key_ = name;
    return move(State::metadataValue);
  }

  bool string(string_t& value) {
    if (state_ == State::metadataValue) {
      header_.metadata[key_] = value;
      return move(State::metadata);
    }
    if (state_ != State::dtype) failForm();
    entry().dtype = dtypeFromName(value);
    if (!entry().dtype) entry().unsupportedType = value;
    return move(State::tensor);
  }

  bool start_array(std::size_t /*elements*/) {
    if (state_ == State::shapeBegin) return move(State::shape);
    if (state_ == State::offsetsBegin) return move(State::offsets);
    failForm();
  }

  bool end_array() {
    if (state_ != State::shape && state_ != State::offsets) failForm();
    return move(State::tensor);
  }

  bool number_unsigned(number_unsigned_t value) {
    if (value > std::numeric_limits<std::int64_t>::max()) failForm();
    if (state_ == State::shape) {
      if (entry().shape.size() == maxDimensions)
        failHeader("gives '" + printable(entry().name) + "' more than " + std::to_string(maxDimensions) +
                   " dimensions");
      entry().shape.push_back(static_cast<std::int64_t>(value));
      return true;
    }
    if (state_ != State::offsets || offsets_.size() == 2) failForm();
    offsets_.push_back(value);
    return true;
  }

  bool number_integer(number_integer_t /*value*/) { failForm(); }  // negative
  bool number_float(number_float_t /*value*/, const string_t& /*text*/) { failForm(); }
  bool boolean(bool /*value*/) { failForm(); }
  bool null() { failForm(); }
  bool binary(binary_t& /*value*/) { failForm(); }

  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::json::exception& /*what*/) {
    failHeader("is not JSON from its byte " + std::to_string(position) + " on; the file is damaged");
  }

 private:
  enum class State {
    start,
    top,
    metadataBegin,
    metadata,
    metadataValue,
    tensorBegin,
    tensor,
    dtype,
    shapeBegin,
    shape,
    offsetsBegin,
    offsets,
    end,
  };

  [[noreturn]] void failForm() const {
    const std::string where =
        header_.entries.empty() ? "" : " near '" + printable(header_.entries.back().name) + "'";
    failHeader("is not of the form {name: {dtype, shape, data_offsets}}" + where);
  }

  bool move(State state) {
    state_ = state;
    return true;
  }

  SafetensorsEntry& entry() { return header_.entries.back(); }

  bool beginEntry(const std::string& name) {
    if (!names_.insert(name).second) failHeader("has the name '" + printable(name) + "' twice");
    if (name == metadataKey) return move(State::metadataBegin);
    header_.entries.emplace_back().name = name;
    fields_ = {};
    offsets_.clear();
    return move(State::tensorBegin);
  }

  bool beginField(const std::string& name) {
    constexpr std::array<std::string_view, 3> known{"dtype", "shape", "data_offsets"};
    constexpr std::array<State, 3> states{State::dtype, State::shapeBegin, State::offsetsBegin};
    for (std::size_t i = 0; i < known.size(); ++i)
      if (name == known[i] && !std::exchange(fields_[i], true)) return move(states[i]);
    failHeader("has '" + printable(name) + "' for the tensor '" + printable(entry().name) +
               "'; expected dtype, shape and data_offsets, each once");
  }

  bool finishTensor() {
    if (fields_ != std::array{true, true, true} || offsets_.size() != 2)
      failHeader("lacks dtype, shape or data_offsets of the tensor '" + printable(entry().name) + "'");
    entry().begin = offsets_[0];
    entry().end = offsets_[1];
    return move(State::top);
  }

  SafetensorsHeader header_;
  State state_ = State::start;
  std::set<std::string> names_;
  std::string key_;
  std::array<bool, 3> fields_{};
  std::vector<std::uint64_t> offsets_;
};

SafetensorsHeader parseHeader(std::string_view json) {
  HeaderHandler handler;
  nlohmann::json::sax_parse(json, &handler);
  return std::move(handler).take();
}

[[noreturn]] void fail(const std::string& what) {
  throw Error(ErrorKind::wrongFile, what);
}

// The length is compared with the file's before memory is allocated for the header.
std::string readHeader(const ByteReader& reader) {
  const std::vector<std::byte> prefix = reader.read(0, lengthBytes);
  if (prefix.size() < lengthBytes) fail("is too short for a safetensors file");
  std::uint64_t length = 0;
  std::memcpy(&length, prefix.data(), sizeof length);
  if (length > maxHeaderBytes || length > reader.size() - lengthBytes)
    fail("claims a safetensors header of " + std::to_string(length) + " bytes; expected at most " +
         std::to_string(maxHeaderBytes) + ", and no more than the file has");
  const std::vector<std::byte> bytes = reader.readExactly(lengthBytes, length);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void checkByteRange(const SafetensorsEntry& entry, std::uint64_t previous, std::uint64_t size) {
  const std::string name = "its tensor '" + printable(entry.name) + "' ";
  if (entry.begin != previous)
    fail(name + "begins at byte " + std::to_string(entry.begin) + "; expected " + std::to_string(previous) +
         ", where the one before it ends: byte ranges must be contiguous and sorted");
  if (entry.end < entry.begin || entry.end > size)
    fail(name + "ends at byte " + std::to_string(entry.end) + ", outside the file's " + std::to_string(size) +
         " bytes of tensors");
  const auto elements = checkedElements(entry.shape);
  const std::uint64_t bytes = entry.end - entry.begin;
  const std::string type(entry.dtype ? nameOf(*entry.dtype) : std::string_view(entry.unsupportedType));
  const std::uint64_t bits =
      bitsPerElement(entry.dtype ? nameInFormat(*entry.dtype) : std::string_view(entry.unsupportedType));
  std::uint64_t expected = 0;
  const bool fits = elements &&
                    !__builtin_mul_overflow(static_cast<std::uint64_t>(*elements), bits, &expected) &&
                    (bits == 0 || (expected % 8 == 0 && expected / 8 == bytes));
  if (!fits)
    fail(name + "of shape " + shapeText(entry.shape) + " and type " + printable(type) + " has " +
         std::to_string(bytes) + " bytes");
}

std::string headerText(const SafetensorsFile& file) {
  nlohmann::ordered_json header;
  if (!file.metadata.empty()) header["__metadata__"] = file.metadata;
  std::uint64_t at = 0;
  for (const auto& [name, tensor] : file.tensors) {
    checkByteCount(tensor);
    const std::uint64_t end = at + tensor.data.size();
    header[name] = {
        {"dtype", nameInFormat(tensor.dtype)}, {"shape", tensor.shape}, {"data_offsets", {at, end}}};
    at = end;
  }
  std::string text;
  try {
    text = header.dump();
  } catch (const nlohmann::json::exception&) {
    throw Error(ErrorKind::invalidArgument,
                "a name or metadata of the model is not UTF-8, as a safetensors file requires");
  }
  text.append((dataAlignment - text.size() % dataAlignment) % dataAlignment, ' ');
  return text;
}

}  // namespace

bool isSafetensors(std::span<const std::byte> head) noexcept {
  if (head.size() < lengthBytes + 2 || head[lengthBytes] != std::byte{'{'}) return false;
  constexpr std::string_view follows =
      "\"} \n\r\t";  // a key, the end, or the white space of a formatted header
  return follows.find(static_cast<char>(head[lengthBytes + 1])) != std::string_view::npos;
}

SafetensorsReader::SafetensorsReader(ByteReader reader) : reader_(std::move(reader)) {
  const std::string json = readHeader(reader_);
  header_ = parseHeader(json);
  dataBegin_ = lengthBytes + json.size();
  const std::uint64_t size = reader_.size() - dataBegin_;
  std::uint64_t previous = 0;
  for (const SafetensorsEntry& entry : header_.entries) {
    checkByteRange(entry, previous, size);
    previous = entry.end;
    if (entry.dtype) supported_.push_back(static_cast<std::size_t>(&entry - header_.entries.data()));
  }
  if (previous != size)
    fail("has " + std::to_string(size - previous) + " bytes that belong to no tensor; it is damaged");
}

StateDict SafetensorsReader::metaTensors() const {
  StateDict meta;
  meta.reserve(supported_.size());
  for (const std::size_t index : supported_) {
    const SafetensorsEntry& entry = header_.entries[index];
    meta.emplace_back(entry.name, Tensor{*entry.dtype, entry.shape, {}});
  }
  return meta;
}

const SafetensorsEntry* SafetensorsReader::firstUnsupportedWeight() const noexcept {
  for (const SafetensorsEntry& entry : header_.entries)
    if (!entry.dtype && (entry.name.ends_with(".weight") || entry.name.ends_with(".bias"))) return &entry;
  return nullptr;
}

Tensor SafetensorsReader::read(std::size_t index) const {
  const SafetensorsEntry& entry = header_.entries[supported_[index]];
  return {*entry.dtype, entry.shape, reader_.readExactly(dataBegin_ + entry.begin, entry.end - entry.begin)};
}

SafetensorsFile readSafetensors(std::span<const std::byte> bytes) {
  const SafetensorsReader reader{ByteReader(bytes)};
  SafetensorsFile file{reader.metaTensors(), reader.metadata()};
  for (std::size_t i = 0; i < file.tensors.size(); ++i) file.tensors[i].second = reader.read(i);
  return file;
}

std::vector<std::byte> safetensorsBytes(const SafetensorsFile& file) {
  const std::string header = headerText(file);
  const std::uint64_t length = header.size();
  std::size_t total = lengthBytes + header.size();
  for (const auto& [name, tensor] : file.tensors) total += tensor.data.size();
  std::vector<std::byte> bytes(total);
  std::byte* to = bytes.data();
  const auto append = [&to](std::span<const std::byte> part) {
    if (!part.empty()) std::memcpy(to, part.data(), part.size());
    to += part.size();
  };
  append(std::as_bytes(std::span(&length, 1)));
  append(std::as_bytes(std::span(header)));
  for (const auto& [name, tensor] : file.tensors) append(tensor.data);
  return bytes;
}

}  // namespace cut
