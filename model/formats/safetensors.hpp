// SPDX-License-Identifier: MIT
// The safetensors format: the length of a JSON header, the header with each tensor's type, shape and byte
// range, then the tensors' bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/byte_reader.hpp"
#include "cuttranslate/tensor.hpp"

namespace cut {

struct SafetensorsFile {
  StateDict tensors;                            // in the order of the header
  std::map<std::string, std::string> metadata;  // `__metadata__`
};

struct SafetensorsEntry {
  std::string name;
  std::optional<DType> dtype;   // nothing for a type of the format that DType lacks: U16, C64, F8_E4M3, ...
  std::string unsupportedType;  // the name of that type
  std::vector<std::int64_t> shape;  // no dimension is negative
  std::uint64_t begin = 0;          // the byte range, counted from the end of the header
  std::uint64_t end = 0;
};

struct SafetensorsHeader {
  std::vector<SafetensorsEntry> entries;
  std::map<std::string, std::string> metadata;
};

// The file begins with a length and a JSON object.
bool isSafetensors(std::span<const std::byte> head) noexcept;

// An open file: the header is read and checked at once, tensors are read one by one.
class SafetensorsReader {
 public:
  // Throws wrongFile for a header that is longer than 4 MiB or not of the format's form, for a name that is
  // there twice, and for byte ranges that are not contiguous and sorted or do not match type and shape.
  explicit SafetensorsReader(ByteReader reader);

  const std::map<std::string, std::string>& metadata() const noexcept { return header_.metadata; }

  // Names, types and shapes, without data, of all tensors of a supported type.
  StateDict metaTensors() const;

  // The first weight or bias of an unsupported type; nullptr where there is none.
  const SafetensorsEntry* firstUnsupportedWeight() const noexcept;

  // The tensor at `index` in metaTensors().
  Tensor read(std::size_t index) const;

 private:
  ByteReader reader_;
  SafetensorsHeader header_;
  std::vector<std::size_t> supported_;  // indices of the entries that metaTensors() gives
  std::uint64_t dataBegin_ = 0;         // in the file
};

// All tensors of supported types.
SafetensorsFile readSafetensors(std::span<const std::byte> bytes);

// Throws invalidArgument for a tensor whose bytes do not fit its shape and for text that is not UTF-8.
std::vector<std::byte> safetensorsBytes(const SafetensorsFile& file);

}  // namespace cut
