// The JSON header of a safetensors file, read event by event: nothing but the expected form gets in, and the
// memory it takes is that of what it says.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cuttranslate/tensor.hpp"

namespace cut {

struct SafetensorsEntry {
  std::string name;
  std::optional<DType> dtype;       // nothing: a type that no weights have here
  std::string foreignType;          // its name then
  std::vector<std::int64_t> shape;  // no side negative, their product checked
  std::uint64_t begin = 0;          // behind the header
  std::uint64_t end = 0;
};

struct SafetensorsHeader {
  std::vector<SafetensorsEntry> entries;  // in their order
  std::map<std::string, std::string> metadata;
};

// "F32"; nothing for a type that no weights have here.
std::optional<DType> dtypeFromSafetensors(std::string_view name) noexcept;
// The bits of an element of any type of the format; 0 for one that is not known.
std::uint64_t bitsFromSafetensors(std::string_view name) noexcept;
std::string_view safetensorsName(DType type);

// Throws wrongFile, saying where the header is not what it should be.
SafetensorsHeader parseSafetensorsHeader(std::string_view json);

}  // namespace cut
