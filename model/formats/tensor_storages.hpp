// Where the elements of a pickle's tensors lie: members of a zip archive, or what follows the pickles in the
// older format.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "formats/pickle_tree.hpp"

namespace cut {

class TensorStorages {
 public:
  virtual ~TensorStorages() = default;

  // Throws wrongFile where the storage is missing or of another length than the pickle says.
  virtual void check(const PickleStorage& storage) const = 0;

  // All of its bytes. Throws as check() does, and where they are damaged.
  virtual std::vector<std::byte> read(const PickleStorage& storage) const = 0;
};

// A file of PyTorch: what its pickle says, and where the elements are.
struct OpenedPickle {
  PickleTree tree;
  std::unique_ptr<TensorStorages> storages;  // the tree's texts may point into it
  std::uint64_t fileSize = 0;
  bool isZip = true;
  bool lacksChecksums = false;  // of a zip: all are 0
};

}  // namespace cut
