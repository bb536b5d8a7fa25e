// The safetensors format: the header's length, a JSON header that places every tensor, the elements.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/byte_reader.hpp"
#include "cuttranslate/tensor.hpp"
#include "formats/safetensors_header.hpp"

namespace cut {

struct SafetensorsFile {
  StateDict tensors;                            // in the order of the header
  std::map<std::string, std::string> metadata;  // what `__metadata__` holds
};

// A length and the beginning of a JSON object.
bool isSafetensors(std::span<const std::byte> head) noexcept;

// An open file: its header is read and checked, its tensors are fetched one by one.
class SafetensorsReader {
 public:
  // Throws wrongFile: for a header of over 4 MiB or that is not of that form, a name that comes twice, spans
  // that are unsorted, overlap, leave a hole or do not fit their shape.
  explicit SafetensorsReader(ByteReader reader);

  const std::map<std::string, std::string>& metadata() const noexcept { return header_.metadata; }

  // Names, types and shapes, without any elements, of all tensors but those of types that no weights have
  // here (U16, C64, F4, F8_E4M3, ...).
  StateDict outlines() const;

  // A weight or a bias of such a type; nullptr where there is none.
  const SafetensorsEntry* firstForeignWeight() const noexcept;

  // One of the tensors that outlines() told of, in their order.
  Tensor read(std::size_t index) const;

 private:
  ByteReader reader_;
  SafetensorsHeader header_;
  std::vector<std::size_t> places_;  // in the header, of what outlines() tells of
  std::uint64_t begin_ = 0;          // of the elements
};

// All tensors that outlines() tells of.
SafetensorsFile readSafetensors(std::span<const std::byte> bytes);

// Throws invalidArgument for a tensor whose bytes do not fit its shape.
std::vector<std::byte> safetensorsBytes(const SafetensorsFile& file);

}  // namespace cut
