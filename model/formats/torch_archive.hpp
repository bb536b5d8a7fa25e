// SPDX-License-Identifier: MIT
// Files of torch.save: a pickle with the structure and the tensors' data. Both formats are read, the zip
// format is written.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/byte_reader.hpp"
#include "cuttranslate/tensor.hpp"
#include "formats/pickle_tree.hpp"
#include "formats/pickle_writer.hpp"
#include "formats/torch_storages.hpp"

namespace cut {

// An open file: the structure is read and checked at once, tensors are read when they are asked for.
class TorchArchive {
 public:
  // Throws wrongFile, naming the format of any other file. Errors do not contain the path.
  static TorchArchive open(FileSource file);
  static TorchArchive open(std::span<const std::byte> bytes);  // borrows them

  const PickleTree& tree() const noexcept { return tree_; }
  bool isZip() const noexcept { return isZip_; }                    // false: the legacy format
  bool lacksChecksums() const noexcept { return lacksChecksums_; }  // a zip whose checksums are all 0

  // Contiguous copies. Limits against hostile files: all tensors together may take at most 4 times the file's
  // size + 1 MiB, because strides of 0 make gigabytes of a few bytes; and a storage may be at most 4 times as
  // long as the tensors that one call reads from it + 64 KiB, because it is read whole for its checksum.
  Tensor read(const TensorView& view);
  std::vector<Tensor> read(std::span<const TensorView* const> views);

  // Names, types and shapes of a dict of tensors, without data. Throws wrongFile naming the first entry that
  // is not a tensor or whose key is not a string.
  StateDict metaTensors(const PickleDict& dict) const;

  // The tensors at these indices of metaTensors(), or all of them.
  std::vector<Tensor> readEntries(const PickleDict& dict, std::span<const std::size_t> indices);
  StateDict readAll(const PickleDict& dict);

 private:
  explicit TorchArchive(TorchFile file);

  std::uint64_t spend(const TensorView& view);

  bool isZip_;
  bool lacksChecksums_;
  std::unique_ptr<TorchStorages> storages_;
  PickleTree tree_;       // may point into the storages
  std::uint64_t budget_;  // bytes that tensors may take from now on
};

// Writes the zip format: first the structure through pickle() and tensor(), then finish().
class TorchArchiveWriter {
 public:
  PickleWriter& pickle() noexcept { return pickle_; }

  // Borrows the data until finish().
  void tensor(const Tensor& tensor);

  // An OrderedDict of these tensors.
  void stateDict(const StateDict& dict);

  std::vector<std::byte> finish();

 private:
  PickleWriter pickle_;
  std::vector<std::span<const std::byte>> storages_;
};

}  // namespace cut
