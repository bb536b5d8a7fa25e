// Files of PyTorch: a pickle with the structure, and the tensors' elements. Both of its formats are read, the
// zip one is written.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "cut/export.hpp"
#include "cut/tensor.hpp"
#include "weights/file_source.hpp"
#include "weights/pickle_tree.hpp"
#include "weights/pickle_writer.hpp"
#include "weights/tensor_storages.hpp"

namespace cut {

// An open archive: its structure is read and checked, its tensors are fetched one by one.
class TorchArchive {
 public:
  // Errors do not name the path. Any other kind of file is refused by naming it.
  static TorchArchive open(FileSource file);
  static TorchArchive open(std::span<const std::byte> bytes);  // borrows them

  const PickleTree& tree() const noexcept { return tree_; }
  bool isZip() const noexcept { return isZip_; }  // else the format from before 1.6

  // Gathered to contiguous elements. All tensors together may take at most 4 times the file's size + 1 MiB:
  // strides of zero would make gigabytes of a few bytes.
  Tensor read(const TensorPlace& place);

  // Names, types and shapes of a dict of tensors, without any elements. Throws wrongFile naming the first
  // entry that is something else, or whose key is no text.
  StateDict outlines(const PickleDict& dict) const;

  // The tensor of one of the entries that outlines() told of, in their order; or all of them.
  Tensor readEntry(const PickleDict& dict, std::size_t index);
  StateDict readAll(const PickleDict& dict);

 private:
  explicit TorchArchive(OpenedPickle opened);

  const std::vector<std::byte>& cached(const PickleStorage& storage);
  void spend(const TensorPlace& place);

  bool isZip_;
  std::unique_ptr<TensorStorages> storages_;
  PickleTree tree_;                                           // may point into the storages
  std::uint64_t budget_;                                      // bytes that tensors may still take
  std::map<std::string_view, std::vector<std::byte>> cache_;  // whole storages
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
