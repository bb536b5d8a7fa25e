// SPDX-License-Identifier: MIT
// The safetensors format. A file that was read must be the same after writing and reading it.
#include "cuttranslate/model_file.hpp"
#include "formats/safetensors.hpp"
#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = cut::fuzz::bytesOf(data, size);
  cut::fuzz::expectRefusalOrResult([bytes] {
    const cut::SafetensorsFile file = cut::readSafetensors(bytes);
    const cut::SafetensorsFile again = cut::readSafetensors(cut::safetensorsBytes(file));
    if (again.tensors != file.tensors || again.metadata != file.metadata) std::abort();
  });
  return cut::fuzz::expectRefusalOrResult([bytes] { cut::readModelFile(bytes); });
}
