// SPDX-License-Identifier: MIT
// Writes a pickle of protocol 2 with the opcodes that the weights_only reader of every PyTorch version
// accepts. PyTorch 1.13 refuses floats there: callers write a float as a tensor of one element.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "cuttranslate/tensor.hpp"

namespace cut {

class PickleWriter {
 public:
  PickleWriter();

  void none();
  void boolean(bool value);
  void integer(std::int64_t value);
  void text(std::string_view text);

  // Between begin and end the caller writes pairs: a key by text(), then its value.
  void beginDict();
  void beginOrderedDict();
  void endDict();

  // A contiguous tensor whose storage is the zip member data/<key>.
  void tensor(const Tensor& tensor, std::string_view storageKey);

  // Closes the pickle.
  std::vector<std::byte> finish();

 private:
  void byte(std::uint8_t value);
  void number(std::uint64_t value, int width);
  void global(std::string_view module, std::string_view name);
  void emptyOrderedDict();
  void tuple(const std::vector<std::int64_t>& numbers);

  std::vector<std::byte> bytes_;
};

}  // namespace cut
