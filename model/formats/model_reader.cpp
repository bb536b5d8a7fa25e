// Reading model files of every kind: which one it is, and what is in it.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "arch/infer_spec.hpp"
#include "base/byte_reader.hpp"
#include "base/text.hpp"
#include "cuttranslate/error.hpp"
#include "cuttranslate/model_file.hpp"
#include "formats/checkpoint.hpp"
#include "formats/file_keys.hpp"
#include "formats/generator_part.hpp"
#include "formats/file_signatures.hpp"
#include "formats/known_keys.hpp"
#include "formats/own_model.hpp"
#include "formats/safetensors.hpp"
#include "formats/torch_archive.hpp"
#include "formats/zip_storages.hpp"

namespace cut {
namespace {

// The elements are read when it is known that there is a generator, and of its tensors alone.
template <typename Read>
void fill(ModelFile& model, const GeneratorPart& part, Read read) {
  model.spec = part.spec;
  std::vector<std::size_t> indices;
  for (const auto& [name, index] : part.tensors) indices.push_back(index);
  std::vector<Tensor> tensors = read(indices);
  for (std::size_t i = 0; i < tensors.size(); ++i)
    model.weights.emplace_back(part.tensors[i].first, std::move(tensors[i]));
  checkConstantFilters(model.spec, model.weights);
}

void addInfo(ModelFile& model, std::string info) {
  if (!info.empty()) model.infos.push_back(std::move(info));
}

ModelFile readArchive(TorchArchive archive) {
  const PickleTree& tree = archive.tree();
  const auto* root = tree.as<PickleDict>(tree.root);
  ModelFile model;
  if (root != nullptr && isOwnModel(tree, *root)) {
    model = readOwnModel(archive, *root);
  } else {
    FoundGenerator found = findGenerator(tree);
    model.kind = archive.isZip() ? FileKind::stateDict : FileKind::legacyStateDict;
    fill(model, found.part, [&](const auto& indices) { return archive.readEntries(*found.dict, indices); });
    model.key = std::move(found.key);
    addInfo(model, std::move(found.info));
  }
  if (archive.lacksChecksums())
    addInfo(model,
            "all its checksums are 0, as torch.serialization.set_crc32_options(False) leaves them, so "
            "that damage would not be noticed");
  return model;
}

[[noreturn]] void failWithoutGenerator(const SafetensorsReader& file, const Error& misfit) {
  const SafetensorsEntry* foreign = file.firstUnsupportedWeight();
  if (foreign == nullptr) throw Error(misfit);
  throw Error(ErrorKind::wrongFile,
              "holds '" + printable(foreign->name) + "' in " + printable(foreign->unsupportedType) +
                  "; expected F32, F16, BF16 or F64: save the generator in one of those");
}

ModelFile readTensorFile(const SafetensorsReader& file) {
  const StateDict outlines = file.metaTensors();
  const GeneratorSearch::Result result = GeneratorSearch().in(outlines);
  if (result.misfit) failWithoutGenerator(file, *result.misfit);
  std::vector<NamedGenerator> names;
  for (const GeneratorFit& fit : result.fits) names.push_back({fit.key, fit.isAverage});
  const std::size_t taken = chooseGenerator(names);
  ModelFile model;
  model.kind = FileKind::safetensors;
  model.key = names[taken].key;
  addInfo(model, choiceText(names, taken));
  fill(model, partOf(outlines, result.fits[taken]), [&](const auto& indices) {
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
  if (code == Code::refuse || !looksLikeZip(head) || !isTorchScript(ZipReader(ByteReader(file.duplicate()))))
    return readArchive(TorchArchive::open(std::move(file)));
  return opaqueModel(code == Code::allow ? file.read(0, static_cast<std::size_t>(file.size()))
                                         : std::vector<std::byte>());
}

// What a file's name tells is likelier than that the network is of another kind.
std::string withAdvice(std::string what, const std::string& advice) {
  if (advice.empty() || what.find(distributedShard) != std::string::npos) return what;
  const std::size_t other = what.find(torchScriptHint);
  if (other != std::string::npos) what.erase(other, torchScriptHint.size());
  return what + advice;
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
  return withErrorContext(path.string(), [&] {
    FileSource file = FileSource::open(path);
    try {
      return readFile(std::move(file), code);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::wrongFile) throw;
      throw Error(error.kind(), withAdvice(error.what(), adviceOnName(path.filename().string())));
    }
  });
}

ModelFile readModelFile(std::span<const std::byte> bytes) {
  return withErrorContext("the model", [&] {
    if (isSafetensors(bytes.first(std::min(bytes.size(), recognisedBytes))))
      return readTensorFile(SafetensorsReader(ByteReader(bytes)));
    return readArchive(TorchArchive::open(bytes));
  });
}

}  // namespace cut
