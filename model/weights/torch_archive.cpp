#include "weights/torch_archive.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "cut/error.hpp"
#include "weights/checked_math.hpp"
#include "weights/known_formats.hpp"
#include "weights/legacy_storages.hpp"
#include "weights/naming_subject.hpp"
#include "weights/text.hpp"
#include "weights/zip_storages.hpp"
#include "weights/zip_writer.hpp"

namespace cut {
namespace {

constexpr std::uint64_t spareBytes = 1 << 20;

[[noreturn]] void fail(const std::string& what) {
  throw Error(ErrorKind::wrongFile, what);
}

[[noreturn]] void failForeign(std::span<const std::byte> head) {
  fail(describeForeign(head) +
       " (expected a model of cuttranslate, .pt, a PyTorch state_dict, .pth, or safetensors)");
}

bool isContiguous(const TensorPlace& place) {
  std::int64_t stride = 1;
  for (std::size_t i = place.shape.size(); i-- > 0;) {
    if (place.shape[i] != 1 && place.strides[i] != stride) return false;
    stride *= place.shape[i];
  }
  return true;
}

// Copies element by element, the last side fastest. Sides of 1 would only be walked over, at every element.
void gather(const TensorPlace& place, const std::byte* from, std::size_t width, std::byte* to,
            std::byte* end) {
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;
  for (std::size_t i = 0; i < place.shape.size(); ++i) {
    if (place.shape[i] == 1) continue;
    shape.push_back(place.shape[i]);
    strides.push_back(place.strides[i]);
  }
  std::vector<std::int64_t> position(shape.size(), 0);
  std::int64_t element = place.offset;
  while (to != end) {
    std::memcpy(to, from + static_cast<std::size_t>(element) * width, width);
    to += width;
    for (std::size_t i = position.size(); i-- > 0;) {
      element += strides[i];
      if (++position[i] < shape[i]) break;
      element -= strides[i] * shape[i];
      position[i] = 0;
    }
  }
}

}  // namespace

TorchArchive TorchArchive::open(FileSource file) {
  const std::vector<std::byte> head = file.head(recognisedBytes);
  if (looksLikeZip(head)) return TorchArchive(openZipFormat(ZipReader(std::move(file))));
  if (!isLegacyFormat(head)) failForeign(head);
  return TorchArchive(openLegacyFormat(ByteReader(std::move(file))));
}

TorchArchive TorchArchive::open(std::span<const std::byte> bytes) {
  const auto head = bytes.first(std::min(bytes.size(), recognisedBytes));
  if (looksLikeZip(head)) return TorchArchive(openZipFormat(ZipReader(bytes)));
  if (!isLegacyFormat(head)) failForeign(head);
  return TorchArchive(openLegacyFormat(ByteReader(bytes)));
}

TorchArchive::TorchArchive(OpenedPickle opened)
    : isZip_(opened.isZip),
      storages_(std::move(opened.storages)),
      tree_(std::move(opened.tree)),
      budget_(4 * opened.fileSize + spareBytes) {}

const std::vector<std::byte>& TorchArchive::cached(const PickleStorage& storage) {
  auto found = cache_.find(storage.key);
  if (found == cache_.end()) found = cache_.emplace(storage.key, storages_->read(storage)).first;
  return found->second;
}

void TorchArchive::spend(const TensorPlace& place) {
  const auto elements = static_cast<std::uint64_t>(checkedElements(place.shape).value_or(0));
  const std::uint64_t width = bytesPerElement(place.storage.dtype);
  if (elements > budget_ / width)
    fail("has tensors that take far more memory than the file is long; expected at most 4 times its size");
  budget_ -= elements * width;
}

Tensor TorchArchive::read(const TensorPlace& place) {
  spend(place);
  Tensor tensor{place.storage.dtype, place.shape, {}};
  const auto elements = static_cast<std::size_t>(tensor.elements());
  const std::size_t width = bytesPerElement(tensor.dtype);
  storages_->check(place.storage);
  if (elements == static_cast<std::size_t>(place.storage.elements) && isContiguous(place)) {  // nearly always
    tensor.data = storages_->read(place.storage);
    return tensor;
  }
  if (elements == 0) return tensor;
  const std::vector<std::byte>& storage = cached(place.storage);
  tensor.data.resize(elements * width);
  gather(place, storage.data(), width, tensor.data.data(), tensor.data.data() + tensor.data.size());
  return tensor;
}

StateDict TorchArchive::outlines(const PickleDict& dict) const {
  StateDict tensors;
  tensors.reserve(dict.entries.size());
  for (const auto& [key, value] : dict.entries) {
    const auto* name = tree_.as<std::string_view>(key);
    if (name == nullptr) fail("has " + tree_.describe(key) + " for a tensor's name; expected a text");
    const auto* tensor = tree_.as<PickleTensor>(value);
    if (tensor == nullptr)
      fail("holds " + tree_.describe(value) + " under '" + printable(*name) + "'; expected tensors only");
    const TensorPlace& place = tree_.tensors[tensor->index];
    tensors.emplace_back(*name, Tensor{place.storage.dtype, place.shape, {}});
  }
  return tensors;
}

Tensor TorchArchive::readEntry(const PickleDict& dict, std::size_t index) {
  return read(tree_.tensors[tree_.as<PickleTensor>(dict.entries[index].second)->index]);
}

StateDict TorchArchive::readAll(const PickleDict& dict) {
  StateDict tensors = outlines(dict);
  for (std::size_t i = 0; i < tensors.size(); ++i) tensors[i].second = readEntry(dict, i);
  return tensors;
}

void TorchArchiveWriter::tensor(const Tensor& tensor) {
  const auto elements = checkedElements(tensor.shape);
  if (!elements || static_cast<std::size_t>(*elements) * bytesPerElement(tensor.dtype) != tensor.data.size())
    throw Error(ErrorKind::invalidArgument, "a tensor of shape " + shapeText(tensor.shape) +
                                                " has another number of bytes than its shape needs");
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

StateDict readTensorDict(const std::filesystem::path& path) {
  return namingSubject(path.string(), [&] {
    TorchArchive archive = TorchArchive::open(FileSource::open(path));
    const auto* dict = archive.tree().as<PickleDict>(archive.tree().root);
    if (dict == nullptr)
      fail("holds " + archive.tree().describe(archive.tree().root) + "; expected a dict of tensors");
    return archive.readAll(*dict);
  });
}

}  // namespace cut
