// SPDX-License-Identifier: MIT
#include "formats/torch_archive.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <numeric>
#include <utility>

#include "base/tensor_checks.hpp"
#include "base/text.hpp"
#include "cuttranslate/error.hpp"
#include "cuttranslate/model_file.hpp"
#include "formats/file_signatures.hpp"
#include "formats/zip_archive.hpp"

namespace cut {
namespace {

// What a small file may exceed the factors of 4 by: see torch_archive.hpp.
constexpr std::uint64_t slackBytes = 1 << 20;
constexpr std::uint64_t storageSlackBytes = 64 << 10;

[[noreturn]] void fail(const std::string& what) {
  throw Error(ErrorKind::wrongFile, what);
}

[[noreturn]] void failUnsupportedFile(std::span<const std::byte> head) {
  fail(describeFormat(head) +
       " (expected a model of cuttranslate, .pt, a PyTorch state_dict, .pth, or safetensors)");
}

// True of nearly every tensor in a file.
bool isWholeStorage(const TensorView& view) {
  std::int64_t stride = 1;
  for (std::size_t i = view.shape.size(); i-- > 0;) {
    if (view.shape[i] != 1 && view.strides[i] != stride) return false;
    stride *= view.shape[i];
  }
  return stride == view.storage.elements;
}

// Copies element by element in row-major order. Dimensions of size 1 are left out, because the loop would
// visit each of them for every element.
std::vector<std::byte> gather(const TensorView& view, const std::vector<std::byte>& storage) {
  const std::size_t width = bytesPerElement(view.storage.dtype());
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;
  std::size_t elements = 1;
  for (std::size_t i = 0; i < view.shape.size(); ++i) {
    if (view.shape[i] == 1) continue;
    shape.push_back(view.shape[i]);
    strides.push_back(view.strides[i]);
    elements *= static_cast<std::size_t>(view.shape[i]);
  }
  std::vector<std::byte> gathered(elements * width);
  std::vector<std::int64_t> position(shape.size(), 0);
  std::int64_t element = view.offset;
  for (std::size_t to = 0; to < gathered.size(); to += width) {
    std::memcpy(&gathered[to], &storage[static_cast<std::size_t>(element) * width], width);
    for (std::size_t i = position.size(); i-- > 0;) {
      element += strides[i];
      if (++position[i] < shape[i]) break;
      element -= strides[i] * shape[i];
      position[i] = 0;
    }
  }
  return gathered;
}

// A storage that tensors view in part.
struct SharedStorage {
  std::uint64_t used = 0;  // bytes of the tensors

  const std::vector<std::byte>& bytes(const TorchStorages& storages, const PickleStorage& storage) {
    if (!whole_.empty()) return whole_;
    const std::uint64_t length =
        static_cast<std::uint64_t>(storage.elements) * bytesPerElement(storage.dtype());
    if (length / 4 > used + storageSlackBytes / 4)
      fail("has a storage '" + printable(storage.key) + "' of " + std::to_string(length) +
           " bytes of which the network's tensors are " + std::to_string(used) +
           "; expected at most 4 times as many: clone() the tensors before they are saved");
    return whole_ = storages.read(storage);
  }

 private:
  std::vector<std::byte> whole_;
};

}  // namespace

TorchArchive TorchArchive::open(FileSource file) {
  const std::vector<std::byte> head = file.head(signatureBytes);
  if (isZipArchive(head)) return TorchArchive(openTorchZip(ZipReader(ByteReader(std::move(file)))));
  if (!isTorchLegacy(head)) failUnsupportedFile(head);
  return TorchArchive(openTorchLegacy(ByteReader(std::move(file))));
}

TorchArchive TorchArchive::open(std::span<const std::byte> bytes) {
  const auto head = bytes.first(std::min(bytes.size(), signatureBytes));
  if (isZipArchive(head)) return TorchArchive(openTorchZip(ZipReader(bytes)));
  if (!isTorchLegacy(head)) failUnsupportedFile(head);
  return TorchArchive(openTorchLegacy(ByteReader(bytes)));
}

TorchArchive::TorchArchive(TorchFile file)
    : isZip_(file.isZip),
      lacksChecksums_(file.lacksChecksums),
      storages_(std::move(file.storages)),
      tree_(std::move(file.tree)),
      budget_(4 * file.fileSize + slackBytes) {}

std::uint64_t TorchArchive::spend(const TensorView& view) {
  const auto elements = static_cast<std::uint64_t>(checkedElements(view.shape).value_or(0));
  const std::uint64_t width = bytesPerElement(view.storage.dtype());
  if (elements > budget_ / width)
    fail("has tensors that take far more memory than the file is long; expected at most 4 times its size");
  budget_ -= elements * width;
  return elements * width;
}

Tensor TorchArchive::read(const TensorView& view) {
  const TensorView* only = &view;
  return std::move(read(std::span(&only, 1)).front());
}

std::vector<Tensor> TorchArchive::read(std::span<const TensorView* const> views) {
  std::map<std::string_view, SharedStorage> shared;
  for (const TensorView* view : views) {
    const std::uint64_t bytes = spend(*view);
    storages_->check(view->storage);
    shared[view->storage.key].used += bytes;
  }
  std::vector<Tensor> tensors;
  for (const TensorView* view : views) {
    Tensor& tensor = tensors.emplace_back(Tensor{view->storage.dtype(), view->shape, {}});
    if (tensor.elements() == 0) continue;
    tensor.data = isWholeStorage(*view)
                      ? storages_->read(view->storage)
                      : gather(*view, shared.at(view->storage.key).bytes(*storages_, view->storage));
  }
  return tensors;
}

StateDict TorchArchive::metaTensors(const PickleDict& dict) const {
  StateDict tensors;
  tensors.reserve(dict.entries.size());
  for (const auto& [key, value] : dict.entries) {
    const auto* name = tree_.as<std::string_view>(key);
    if (name == nullptr) fail("has " + tree_.describe(key) + " for a tensor's name; expected a string");
    const auto* tensor = tree_.as<PickleTensor>(value);
    if (tensor == nullptr)
      fail("holds " + tree_.describe(value) + " under '" + printable(*name) + "'; expected tensors only");
    const TensorView& view = tree_.tensors[tensor->index];
    tensors.emplace_back(*name, Tensor{view.storage.dtype(), view.shape, {}});
  }
  return tensors;
}

std::vector<Tensor> TorchArchive::readEntries(const PickleDict& dict, std::span<const std::size_t> indices) {
  std::vector<const TensorView*> views;
  for (const std::size_t index : indices)
    views.push_back(&tree_.tensors[tree_.as<PickleTensor>(dict.entries[index].second)->index]);
  return read(views);
}

StateDict TorchArchive::readAll(const PickleDict& dict) {
  StateDict tensors = metaTensors(dict);
  std::vector<std::size_t> indices(tensors.size());
  std::iota(indices.begin(), indices.end(), std::size_t{0});
  std::vector<Tensor> read = readEntries(dict, indices);
  for (std::size_t i = 0; i < tensors.size(); ++i) tensors[i].second = std::move(read[i]);
  return tensors;
}

void TorchArchiveWriter::tensor(const Tensor& tensor) {
  checkByteCount(tensor);
  pickle_.tensor(tensor, std::to_string(storages_.size()));
  storages_.emplace_back(tensor.data);
}

void TorchArchiveWriter::stateDict(const StateDict& dict) {
  pickle_.beginOrderedDict();
  for (const auto& [name, value] : dict) {
    pickle_.text(name);
    tensor(value);
  }
  pickle_.endDict();
}

std::vector<std::byte> TorchArchiveWriter::finish() {
  constexpr std::string_view order = "little";
  constexpr std::string_view version = "3\n";
  const std::vector<std::byte> structure = pickle_.finish();
  ZipWriter zip;
  zip.add("archive/data.pkl", structure);
  zip.add("archive/byteorder", std::as_bytes(std::span(order)));
  for (std::size_t i = 0; i < storages_.size(); ++i)
    zip.add("archive/data/" + std::to_string(i), storages_[i]);
  zip.add("archive/version", std::as_bytes(std::span(version)));
  return zip.finish();
}

StateDict readStateDict(const std::filesystem::path& path) {
  return withErrorContext(path.string(), [&] {
    TorchArchive archive = TorchArchive::open(FileSource::open(path));
    const auto* dict = archive.tree().as<PickleDict>(archive.tree().root);
    if (dict == nullptr)
      fail("holds " + archive.tree().describe(archive.tree().root) + "; expected a dict of tensors");
    return archive.readAll(*dict);
  });
}

}  // namespace cut
