// SPDX-License-Identifier: MIT
// torch.save's zip format and the native format: .pt and .pth.
#include "cuttranslate/model_file.hpp"
#include "formats/model_writer.hpp"
#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = cut::fuzz::bytesOf(data, size);
  cut::fuzz::expectRefusalOrResult([bytes] { cut::fuzz::readEveryTensor(cut::TorchArchive::open(bytes)); });
  // A model that was read must pass the checks of writing.
  return cut::fuzz::expectRefusalOrResult([bytes] { cut::modelFileBytes(cut::readModelFile(bytes)); });
}
