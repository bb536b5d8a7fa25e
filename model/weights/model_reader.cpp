// Reading model files of every kind: which one it is, and what is in it.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "cut/error.hpp"
#include "cut/model_file.hpp"
#include "weights/checkpoint.hpp"
#include "weights/file_keys.hpp"
#include "weights/file_source.hpp"
#include "weights/generator_part.hpp"
#include "weights/infer_spec.hpp"
#include "weights/known_formats.hpp"
#include "weights/naming_subject.hpp"
#include "weights/own_model.hpp"
#include "weights/safetensors.hpp"
#include "weights/torch_archive.hpp"
#include "weights/zip_storages.hpp"

namespace cut {
namespace {

// `read` is called once, for the tensors of a generator alone, when it is known that there is one.
template <typename Read>
ModelFile fromOutlines(FileKind kind, const StateDict& outlines, Read read) {
  const GeneratorPart part = findGenerator(outlines);
  ModelFile model;
  model.kind = kind;
  model.spec = part.spec;
  model.key = part.prefix;
  std::vector<std::size_t> indices;
  for (const auto& [name, index] : part.tensors) indices.push_back(index);
  std::vector<Tensor> tensors = read(indices);
  for (std::size_t i = 0; i < tensors.size(); ++i)
    model.weights.emplace_back(part.tensors[i].first, std::move(tensors[i]));
  checkFilters(model.spec, model.weights);
  return model;
}

ModelFile readArchive(TorchArchive archive) {
  const PickleTree& tree = archive.tree();
  const auto* root = tree.as<PickleDict>(tree.root);
  if (root == nullptr)
    throw Error(ErrorKind::wrongFile,
                "holds " + tree.describe(tree.root) + "; expected a model of cuttranslate or a state_dict");
  if (isOwnModel(tree, *root)) return readOwnModel(archive, *root);
  const FoundStateDict found = findStateDict(tree, *root);
  ModelFile model = fromOutlines(
      archive.isZip() ? FileKind::stateDict : FileKind::legacyStateDict, archive.outlines(*found.dict),
      [&](const auto& indices) { return archive.readEntries(*found.dict, indices); });
  model.key = found.key + (found.key.empty() || model.key.empty() ? "" : ".") + model.key;
  return model;
}

ModelFile readTensorFile(const SafetensorsReader& file) {
  ModelFile model = fromOutlines(FileKind::safetensors, file.outlines(), [&](const auto& indices) {
    std::vector<Tensor> tensors;
    for (const std::size_t index : indices) tensors.push_back(file.read(index));
    return tensors;
  });
  auto metadata = file.metadata();
  model.licence = metadata[std::string(keys::licence)];
  model.attribution = metadata[std::string(keys::attribution)];
  model.origin = metadata[std::string(keys::origin)];
  return model;
}

// What it computes, only running it tells: three channels, as the reference's generators have.
ModelFile opaqueModel(std::vector<std::byte> program) {
  ModelFile model;
  model.kind = FileKind::torchScript;
  model.spec = {.architecture = "torchscript", .blocks = 0, .ngf = 1, .norm = Norm::none};
  model.program = std::move(program);
  return model;
}

ModelFile readFile(FileSource file, Code code) {
  const std::vector<std::byte> head = file.head(recognisedBytes);
  if (isSafetensors(head)) return readTensorFile(SafetensorsReader(ByteReader(std::move(file))));
  if (code == Code::refuse || !looksLikeZip(head) || !isTorchScript(ZipReader(file.duplicate())))
    return readArchive(TorchArchive::open(std::move(file)));
  return opaqueModel(code == Code::allow ? file.read(0, static_cast<std::size_t>(file.size()))
                                         : std::vector<std::byte>());
}

}  // namespace

std::string_view nameOf(FileKind kind) noexcept {
  switch (kind) {
    case FileKind::cuttranslate:
      return "cuttranslate model";
    case FileKind::stateDict:
      return "PyTorch state_dict";
    case FileKind::legacyStateDict:
      return "PyTorch state_dict (format from before 1.6)";
    case FileKind::safetensors:
      return "safetensors";
    case FileKind::torchScript:
      return "TorchScript program";
  }
  return "unknown";
}

ModelFile readModelFile(const std::filesystem::path& path, Code code) {
  return namingSubject(path.string(), [&] { return readFile(FileSource::open(path), code); });
}

ModelFile readModelFile(std::span<const std::byte> bytes) {
  return namingSubject("the model", [&] {
    if (isSafetensors(bytes.first(std::min(bytes.size(), recognisedBytes))))
      return readTensorFile(SafetensorsReader(ByteReader(bytes)));
    return readArchive(TorchArchive::open(bytes));
  });
}

}  // namespace cut
