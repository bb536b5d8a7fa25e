// SPDX-License-Identifier: MIT
// The pickle in an archive. The input is a data.pkl, around which each run puts a new archive: in a given one
// every change would fail at the checksum.
#include <string>

#include "crafted.hpp"
#include "cuttranslate/model_file.hpp"
#include "formats/model_writer.hpp"
#include "formats/pickle_reader.hpp"
#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view pickle(reinterpret_cast<const char*>(data), size);
  bool isPickle = false;
  cut::fuzz::expectRefusalOrResult([&] {
    cut::readPickle(cut::test::bytesOf(pickle));
    isPickle = true;
  });
  if (!isPickle) return 0;  // an archive around it would say the same, a hundred times slower
  const auto bytes =
      cut::test::torchArchiveOf(pickle, {{"0", std::string(8, '\1')}, {"1", std::string(24, '\2')}});
  cut::fuzz::expectRefusalOrResult([&bytes] { cut::fuzz::readEveryTensor(cut::TorchArchive::open(bytes)); });
  return cut::fuzz::expectRefusalOrResult([&bytes] { cut::modelFileBytes(cut::readModelFile(bytes)); });
}
