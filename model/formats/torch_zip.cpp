// SPDX-License-Identifier: MIT
// Opening torch.save's zip format.
#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "cuttranslate/error.hpp"
#include "formats/file_signatures.hpp"
#include "formats/pickle_reader.hpp"
#include "formats/torch_storages.hpp"
#include "formats/zip_archive.hpp"

namespace cut {
namespace {

constexpr std::string_view pickleName = "data.pkl";

[[noreturn]] void fail(const std::string& what) {
  throw Error(ErrorKind::wrongFile, what);
}

// The member's name behind its first folder.
std::string_view withoutFolder(const ZipMember& member) {
  const std::size_t slash = member.name.find('/');
  return slash == std::string::npos ? std::string_view() : std::string_view(member.name).substr(slash + 1);
}

// Archives of other programs of PyTorch, by a member that only they have.
struct ForeignArchive {
  std::string_view member;  // behind the first folder; a prefix where it ends in a slash
  std::string_view sentence;
};

constexpr std::array foreignArchives{
    ForeignArchive{"data/aotinductor/",
                   "is a package of AOTInductor, which holds a compiled program; expected "
                   "weights: save the state_dict() of the module that it was made from"},
    ForeignArchive{"models/",
                   "is a program of torch.export (.pt2), which is not run here; expected weights: "
                   "torch.save(torch.export.load(\"x.pt2\").state_dict, \"x.pth\") saves its own"},
    ForeignArchive{
        "serialized_exported_program.json",
        "is a program of torch.export (.pt2) in its older layout, which is not run here; "
        "expected weights: torch.save(torch.export.load(\"x.pt2\").state_dict, \"x.pth\") saves its "
        "own"},
    ForeignArchive{
        ".data/extern_modules",
        "is an archive of torch.package, which holds code; expected weights: save the state_dict() of "
        "what torch.package.PackageImporter's load_pickle() gives"},
    ForeignArchive{"MAR-INF/MANIFEST.json",
                   "is a model archive of TorchServe; unpack it and take the weights"},
};

bool hasMember(const ZipReader& zip, std::string_view wanted) {
  return std::any_of(zip.members().begin(), zip.members().end(), [wanted](const ZipMember& member) {
    const std::string_view inFolder = withoutFolder(member);
    return wanted.back() == '/' ? inFolder.starts_with(wanted)
                                : inFolder == wanted || std::string_view(member.name) == wanted;
  });
}

[[noreturn]] void failWithoutPickle(const ZipReader& zip) {
  for (const ForeignArchive& foreign : foreignArchives)
    if (hasMember(zip, foreign.member)) fail(std::string(foreign.sentence));
  for (const ZipMember& member : zip.members())
    for (const std::string_view suffix : {".pth", ".pt", ".ckpt", ".safetensors"})
      if (member.name.ends_with(suffix))
        fail("is a zip archive that holds '" + printable(member.name) + "'; unpack it and take that file");
  fail("is a zip archive, but not one of PyTorch: it has no data.pkl");
}

// The folder in front of "data.pkl", with its slash.
std::string findPrefix(const ZipReader& zip) {
  std::optional<std::string> prefix;
  for (const ZipMember& member : zip.members()) {
    if (withoutFolder(member) != pickleName) continue;
    if (prefix) fail("is a zip archive with more than one data.pkl; expected one, as torch.save writes it");
    prefix = member.name.substr(0, member.name.find('/') + 1);
  }
  if (!prefix) failWithoutPickle(zip);
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

class ZipStorages final : public TorchStorages {
 public:
  ZipStorages(ZipReader zip, std::string prefix) : zip_(std::move(zip)), prefix_(std::move(prefix)) {}

  void check(const PickleStorage& storage) const override { memberOf(storage); }
  std::vector<std::byte> read(const PickleStorage& storage) const override {
    return zip_.read(memberOf(storage));
  }

 private:
  const ZipMember& memberOf(const PickleStorage& storage) const {
    const ZipMember* member = zip_.find(prefix_ + "data/" + std::string(storage.key));
    if (member == nullptr)
      fail("lacks the zip member 'data/" + printable(storage.key) + "' that a tensor lies in");
    const std::uint64_t width = bytesPerElement(storage.dtype());
    if (member->size % width != 0 || member->size / width != static_cast<std::uint64_t>(storage.elements))
      fail("its zip member '" + printable(member->name) + "' has " + std::to_string(member->size) +
           " bytes; a storage of " + std::to_string(storage.elements) + " " +
           std::string(nameOf(storage.dtype())) + " elements lies there");
    return *member;
  }

  ZipReader zip_;
  std::string prefix_;  // with its slash
};

}  // namespace

bool isTorchScript(const ZipReader& zip) noexcept {
  return hasMember(zip, "constants.pkl") || hasMember(zip, "code/");
}

TorchFile openTorchZip(ZipReader zip) {
  if (hasMember(zip, ".data/extern_modules")) failWithoutPickle(zip);
  if (isTorchScript(zip))
    fail(
        "is a TorchScript archive, which holds code; it is loaded only where that is allowed "
        "(the element's allow-code=true, cut-model inspect's --allow-code); expected weights alone: save the "
        "module's state_dict() with "
        "torch.save");
  std::string prefix = findPrefix(zip);
  checkByteOrder(zip, prefix);
  const ZipMember& member = *zip.find(prefix + std::string(pickleName));
  if (member.size > maxPickleBytes)
    fail("its data.pkl has " + std::to_string(member.size) + " bytes; expected at most " +
         std::to_string(maxPickleBytes) + std::string(saveAgainHint));
  PickleTree tree = readPickle(zip.read(member));
  const std::uint64_t size = zip.fileSize();
  const bool lacksChecksums = zip.lacksChecksums();
  return {std::move(tree), std::make_unique<ZipStorages>(std::move(zip), std::move(prefix)), size,
          /*isZip=*/true, lacksChecksums};
}

}  // namespace cut
