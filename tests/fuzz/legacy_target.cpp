// SPDX-License-Identifier: MIT
// torch.save's legacy format. The input is what follows the magic number.
#include <vector>

#include "cuttranslate/model_file.hpp"
#include "formats/model_writer.hpp"
#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::uint8_t magic[] = {0x80, 2,    0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46,
                                    0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, '.'};
  std::vector<std::uint8_t> file(std::begin(magic), std::end(magic));
  file.insert(file.end(), data, data + size);
  const auto bytes = cut::fuzz::bytesOf(file.data(), file.size());
  cut::fuzz::expectRefusalOrResult([bytes] { cut::fuzz::readEveryTensor(cut::TorchArchive::open(bytes)); });
  return cut::fuzz::expectRefusalOrResult([bytes] { cut::modelFileBytes(cut::readModelFile(bytes)); });
}
