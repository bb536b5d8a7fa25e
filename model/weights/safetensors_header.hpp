// The JSON header of a safetensors file, read event by event: nothing but the expected form gets in, and the
// memory it takes is that of what it says.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cut/tensor.hpp"

namespace cut {

struct SafetensorsEntry {
  std::string name;
  DType dtype = DType::float32;
  std::vector<std::int64_t> shape;  // no side negative, their product checked
  std::uint64_t begin = 0;          // behind the header
  std::uint64_t end = 0;
};

struct SafetensorsHeader {
  std::vector<SafetensorsEntry> entries;  // in their order
  std::map<std::string, std::string> metadata;
};

// "F32"; throws wrongFile for a type that is not known here.
DType dtypeFromSafetensors(std::string_view name);
std::string_view safetensorsName(DType type);

// Throws wrongFile, saying where the header is not what it should be.
SafetensorsHeader parseSafetensorsHeader(std::string_view json);

}  // namespace cut
