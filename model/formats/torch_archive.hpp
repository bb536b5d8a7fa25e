// Files of PyTorch: a pickle with the structure, and the tensors' elements. Both of its formats are read, the
// zip one is written.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/byte_reader.hpp"
#include "cuttranslate/export.hpp"
#include "cuttranslate/tensor.hpp"
#include "formats/pickle_tree.hpp"
#include "formats/pickle_writer.hpp"
#include "formats/tensor_storages.hpp"

namespace cut {

// An open archive: its structure is read and checked, its tensors are fetched one by one.
class TorchArchive {
 public:
  // Errors do not name the path. Any other kind of file is refused by naming it.
  static TorchArchive open(FileSource file);
  static TorchArchive open(std::span<const std::byte> bytes);  // borrows them

  const PickleTree& tree() const noexcept { return tree_; }
  bool isZip() const noexcept { return isZip_; }                    // else the format from before 1.6
  bool lacksChecksums() const noexcept { return lacksChecksums_; }  // a zip whose checksums are all 0

  // Gathered to contiguous elements. All tensors together may take at most 4 times the file's size + 1 MiB:
  // strides of zero would make gigabytes of a few bytes. A storage may be at most 4 times as long as those of
  // the tensors that lie in it and are read with one call, + 64 KiB: it is read whole, for its checksum.
  Tensor read(const TensorView& place);
  std::vector<Tensor> read(std::span<const TensorView* const> places);

  // Names, types and shapes of a dict of tensors, without any elements. Throws wrongFile naming the first
  // entry that is something else, or whose key is no text.
  StateDict outlines(const PickleDict& dict) const;

  // The tensors of some of the entries that outlines() told of, by their places there; or of all.
  std::vector<Tensor> readEntries(const PickleDict& dict, std::span<const std::size_t> indices);
  StateDict readAll(const PickleDict& dict);

 private:
  explicit TorchArchive(OpenedPickle opened);

  std::uint64_t spend(const TensorView& place);

  bool isZip_;
  bool lacksChecksums_;
  std::unique_ptr<TensorStorages> storages_;
  PickleTree tree_;       // may point into the storages
  std::uint64_t budget_;  // bytes that tensors may still take
};

// Puts an archive together: write the structure through pickle() and tensor(), then finish().
class TorchArchiveWriter {
 public:
  PickleWriter& pickle() noexcept { return pickle_; }

  // Borrows the elements until finish().
  void tensor(const Tensor& tensor);

  // An OrderedDict of these tensors.
  void stateDict(const StateDict& dict);

  std::vector<std::byte> finish();

 private:
  PickleWriter pickle_;
  std::vector<std::span<const std::byte>> storages_;
};

// All tensors of a plain dict, in its order. Throws as readModelFile does, naming the path.
CUT_API StateDict readTensorDict(const std::filesystem::path& path);

}  // namespace cut
