#include "weights/torch_archive.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

#include "cut/error.hpp"
#include "weights/checked_math.hpp"
#include "weights/known_formats.hpp"
#include "weights/naming_subject.hpp"
#include "weights/pickle_reader.hpp"
#include "weights/text.hpp"
#include "weights/zip_writer.hpp"

namespace cut {
namespace {

constexpr std::string_view picklePart = "data.pkl";
constexpr std::uint64_t spareBytes = 1 << 20;

[[noreturn]] void fail(const std::string& what) {
  throw Error(ErrorKind::wrongFile, what);
}

void refuseForeign(std::span<const std::byte> head, std::uint64_t size) {
  if (!looksLikeZip(head))
    fail(describeForeign(head, size) +
         " (expected a model of cuttranslate, .pt, or a PyTorch state_dict in the zip format, .pth)");
}

// The folder in front of "data.pkl", with its slash; code is refused before anything else is read.
std::string findPrefix(const ZipReader& zip) {
  std::optional<std::string> prefix;
  for (const ZipMember& member : zip.members()) {
    const std::size_t slash = member.name.find('/');
    if (slash == std::string::npos) continue;
    const std::string_view rest = std::string_view(member.name).substr(slash + 1);
    if (rest == "constants.pkl" || rest.starts_with("code/"))
      fail(
          "is a TorchScript archive, which holds code and is not loaded; expected weights alone: save the "
          "module's state_dict() with torch.save");
    if (rest != picklePart) continue;
    if (prefix) fail("is a zip archive with more than one data.pkl; expected one, as torch.save writes it");
    prefix = member.name.substr(0, slash + 1);
  }
  if (!prefix) fail("is a zip archive, but not one of PyTorch: it has no data.pkl");
  return *prefix;
}

void checkByteOrder(const ZipReader& zip, const std::string& prefix) {
  const ZipMember* member = zip.find(prefix + "byteorder");
  if (member == nullptr) return;  // before PyTorch 2.1
  if (member->size > 16) fail("does not say its byte order; expected little");
  const std::vector<std::byte> bytes = zip.read(*member);
  const std::string_view order(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (order != "little")
    fail("has the byte order '" + printable(order) + "'; expected little: save it again on a usual machine");
}

bool isContiguous(const TensorPlace& place) {
  std::int64_t stride = 1;
  for (std::size_t i = place.shape.size(); i-- > 0;) {
    if (place.shape[i] != 1 && place.strides[i] != stride) return false;
    stride *= place.shape[i];
  }
  return true;
}

// Copies element by element, the last side fastest.
void gather(const TensorPlace& place, const std::byte* from, std::size_t width, std::byte* to,
            std::byte* end) {
  std::vector<std::int64_t> position(place.shape.size(), 0);
  std::int64_t element = place.offset;
  while (to != end) {
    std::memcpy(to, from + static_cast<std::size_t>(element) * width, width);
    to += width;
    for (std::size_t i = position.size(); i-- > 0;) {
      element += place.strides[i];
      if (++position[i] < place.shape[i]) break;
      element -= place.strides[i] * place.shape[i];
      position[i] = 0;
    }
  }
}

}  // namespace

TorchArchive TorchArchive::open(const std::filesystem::path& path) {
  FileSource file = FileSource::open(path);
  refuseForeign(file.head(recognisedBytes), file.size());
  return TorchArchive(ZipReader(std::move(file)));
}

TorchArchive TorchArchive::open(std::span<const std::byte> bytes) {
  refuseForeign(bytes.first(std::min(bytes.size(), recognisedBytes)), bytes.size());
  return TorchArchive(ZipReader(bytes));
}

TorchArchive::TorchArchive(ZipReader zip) : zip_(std::move(zip)), prefix_(findPrefix(zip_)) {
  checkByteOrder(zip_, prefix_);
  const ZipMember& member = *zip_.find(prefix_ + std::string(picklePart));
  if (member.size > mostPickleBytes)
    fail("its data.pkl has " + std::to_string(member.size) + " bytes; expected at most " +
         std::to_string(mostPickleBytes));
  tree_ = readPickle(zip_.read(member));
  budget_ = 4 * zip_.fileSize() + spareBytes;
}

const ZipMember& TorchArchive::memberOf(const PickleStorage& storage) const {
  const ZipMember* member = zip_.find(prefix_ + "data/" + std::string(storage.key));
  if (member == nullptr)
    fail("lacks the zip member 'data/" + printable(storage.key) + "' that a tensor lies in");
  const std::uint64_t width = bytesPerElement(storage.dtype);
  if (member->size % width != 0 || member->size / width != static_cast<std::uint64_t>(storage.elements))
    fail("its zip member '" + printable(member->name) + "' has " + std::to_string(member->size) +
         " bytes; a storage of " + std::to_string(storage.elements) + " " +
         std::string(nameOf(storage.dtype)) + " elements lies there");
  return *member;
}

const std::vector<std::byte>& TorchArchive::cached(const PickleStorage& storage) {
  const ZipMember& member = memberOf(storage);
  auto found = storages_.find(member.name);
  if (found == storages_.end()) found = storages_.emplace(member.name, zip_.read(member)).first;
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
  const ZipMember& member = memberOf(place.storage);
  if (elements * width == member.size && isContiguous(place)) {  // nearly always
    tensor.data = zip_.read(member);
    return tensor;
  }
  if (elements == 0) return tensor;
  const std::vector<std::byte>& storage = cached(place.storage);
  tensor.data.resize(elements * width);
  gather(place, storage.data(), width, tensor.data.data(), tensor.data.data() + tensor.data.size());
  return tensor;
}

StateDict TorchArchive::readAll(const PickleDict& dict) {
  StateDict tensors;
  tensors.reserve(dict.entries.size());
  for (const auto& [key, value] : dict.entries) {
    const auto* name = tree_.as<std::string_view>(key);
    if (name == nullptr) fail("has " + tree_.describe(key) + " for a tensor's name; expected a text");
    const auto* tensor = tree_.as<PickleTensor>(value);
    if (tensor == nullptr)
      fail("holds " + tree_.describe(value) + " under '" + printable(*name) + "'; expected tensors only");
    tensors.emplace_back(*name, read(tree_.tensors[tensor->index]));
  }
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
    TorchArchive archive = TorchArchive::open(path);
    const auto* dict = archive.tree().as<PickleDict>(archive.tree().root);
    if (dict == nullptr)
      fail("holds " + archive.tree().describe(archive.tree().root) + "; expected a dict of tensors");
    return archive.readAll(*dict);
  });
}

}  // namespace cut
