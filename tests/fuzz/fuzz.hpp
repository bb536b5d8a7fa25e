// SPDX-License-Identifier: MIT
// What the fuzz targets share. An Error of kind wrongFile or unsupported is fine, everything else is a
// finding.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <vector>

#include "cuttranslate/error.hpp"
#include "formats/torch_archive.hpp"

namespace cut::fuzz {

template <typename Read>
int expectRefusalOrResult(Read read) {
  try {
    read();
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::wrongFile || error.kind() == ErrorKind::unsupported) return 0;
    std::fprintf(stderr, "an error of another kind: %s\n", error.what());
    std::abort();
  }
  return 0;
}

inline std::span<const std::byte> bytesOf(const std::uint8_t* data, std::size_t size) {
  return std::as_bytes(std::span(data, size));
}

// Every tensor in the pickle, whether or not it is in a state_dict.
inline void readEveryTensor(TorchArchive archive) {
  std::vector<const TensorView*> places;
  for (const TensorView& place : archive.tree().tensors) places.push_back(&place);
  archive.read(places);
}

}  // namespace cut::fuzz
