// PyTorch's zip format, and cuttranslate's own in it: .pt and .pth.
#include "cuttranslate/model_file.hpp"
#include "formats/model_writer.hpp"
#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = cut::fuzz::bytesOf(data, size);
  cut::fuzz::expectRefusalOrResult([bytes] { cut::fuzz::readEveryTensor(cut::TorchArchive::open(bytes)); });
  // What is read must be fit to be written.
  return cut::fuzz::expectRefusalOrResult([bytes] { cut::modelFileBytes(cut::readModelFile(bytes)); });
}
