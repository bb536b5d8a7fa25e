// SPDX-License-Identifier: MIT
// The two file formats of torch.save: how a file is opened and where the data of its tensors is.
//
// Zip (since PyTorch 1.6): the member `<prefix>/data.pkl` is a pickle with the structure,
// `<prefix>/data/<key>` a storage. Legacy: five pickles (a magic number, the protocol version, facts about
// the writer's machine, the structure, the keys of the storages), then each storage as its length and its
// data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/byte_reader.hpp"
#include "formats/pickle_tree.hpp"

namespace cut {

class ZipReader;

class TorchStorages {
 public:
  virtual ~TorchStorages() = default;

  // Throws wrongFile where the storage is missing or its length is not what the pickle says.
  virtual void check(const PickleStorage& storage) const = 0;

  // The whole storage. Throws as check() does, and where the data is damaged.
  virtual std::vector<std::byte> read(const PickleStorage& storage) const = 0;
};

struct TorchFile {
  PickleTree tree;
  std::unique_ptr<TorchStorages> storages;  // the tree's strings may point into it
  std::uint64_t fileSize = 0;
  bool isZip = true;
  bool lacksChecksums = false;  // a zip whose checksums are all 0
};

// The archive holds a TorchScript program.
bool isTorchScript(const ZipReader& zip) noexcept;

// Throws wrongFile; refuses TorchScript before it reads any member.
TorchFile openTorchZip(ZipReader zip);

// The file begins with the legacy format's magic number.
bool isTorchLegacy(std::span<const std::byte> head) noexcept;

// Reads the pickles and where the storages lie, not their data. Throws wrongFile, or unsupported for another
// protocol version.
TorchFile openTorchLegacy(ByteReader reader);

}  // namespace cut
