// SPDX-License-Identifier: MIT
// Reads model files of every kind.
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
#include "formats/checkpoint_keys.hpp"
#include "formats/file_signatures.hpp"
#include "formats/generator_search.hpp"
#include "formats/native_format.hpp"
#include "formats/safetensors.hpp"
#include "formats/torch_archive.hpp"
#include "formats/torch_storages.hpp"
#include "formats/zip_archive.hpp"

namespace cut {
namespace {

// Reads the data of the generator's tensors alone.
template <typename Read>
void fill(ModelFile& model, const GeneratorTensors& generator, Read read) {
  model.spec = generator.spec;
  std::vector<std::size_t> indices;
  for (const auto& [name, index] : generator.tensors) indices.push_back(index);
  std::vector<Tensor> tensors = read(indices);
  for (std::size_t i = 0; i < tensors.size(); ++i)
    model.weights.emplace_back(generator.tensors[i].first, std::move(tensors[i]));
  checkConstantFilters(model.spec, model.weights);
}

void addInfo(ModelFile& model, std::string info) {
  if (!info.empty()) model.infos.push_back(std::move(info));
}

ModelFile readArchive(TorchArchive archive) {
  const PickleTree& tree = archive.tree();
  const auto* root = tree.as<PickleDict>(tree.root);
  ModelFile model;
  if (root != nullptr && isNativeModel(tree, *root)) {
    model = readNativeModel(archive, *root);
  } else {
    FoundGenerator found = findGenerator(tree);
    model.kind = archive.isZip() ? FileKind::stateDict : FileKind::legacyStateDict;
    fill(model, found.generator,
         [&](const auto& indices) { return archive.readEntries(*found.dict, indices); });
    model.key = std::move(found.key);
    addInfo(model, std::move(found.info));
  }
  if (archive.lacksChecksums())
    addInfo(model,
            "all its checksums are 0, as torch.serialization.set_crc32_options(False) leaves them; "
            "damage would not be noticed");
  return model;
}

[[noreturn]] void failWithoutGenerator(const SafetensorsReader& file, const Error& mismatch) {
  const SafetensorsEntry* foreign = file.firstUnsupportedWeight();
  if (foreign == nullptr) throw Error(mismatch);
  throw Error(ErrorKind::wrongFile,
              "holds '" + printable(foreign->name) + "' in " + printable(foreign->unsupportedType) +
                  "; expected F32, F16, BF16 or F64: save the generator in one of those");
}

ModelFile readSafetensorsModel(const SafetensorsReader& file) {
  const StateDict meta = file.metaTensors();
  const GeneratorSearch::Result result = GeneratorSearch().find(meta);
  if (result.mismatch) failWithoutGenerator(file, *result.mismatch);
  std::vector<NamedGenerator> names;
  for (const GeneratorMatch& match : result.matches) names.push_back({match.key, match.isAveraged});
  const std::size_t taken = chooseGenerator(names);
  ModelFile model;
  model.kind = FileKind::safetensors;
  model.key = names[taken].key;
  addInfo(model, choiceText(names, taken));
  fill(model, tensorsOf(meta, result.matches[taken]), [&](const auto& indices) {
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

// The file does not say what the program computes: three channels are assumed, as the reference's generators
// have.
ModelFile torchScriptModel(std::vector<std::byte> program) {
  ModelFile model;
  model.kind = FileKind::torchScript;
  model.spec = {.architecture = "torchscript", .blocks = 0, .ngf = 1, .norm = Norm::none};
  model.program = std::move(program);
  return model;
}

ModelFile readFile(FileSource file, Code code) {
  const std::vector<std::byte> head = file.head(signatureBytes);
  if (isSafetensors(head)) return readSafetensorsModel(SafetensorsReader(ByteReader(std::move(file))));
  if (code == Code::refuse || !isZipArchive(head) || !isTorchScript(ZipReader(ByteReader(file.duplicate()))))
    return readArchive(TorchArchive::open(std::move(file)));
  return torchScriptModel(code == Code::allow ? file.read(0, static_cast<std::size_t>(file.size()))
                                              : std::vector<std::byte>());
}

// Appends the advice that the file's name gives. It replaces the hint at TorchScript, because it is likelier.
std::string withNameAdvice(std::string what, const std::string& advice) {
  if (advice.empty() || what.find(distributedShard) != std::string::npos) return what;
  const std::size_t hint = what.find(torchScriptHint);
  if (hint != std::string::npos) what.erase(hint, torchScriptHint.size());
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
      throw Error(error.kind(), withNameAdvice(error.what(), nameAdvice(path.filename().string())));
    }
  });
}

ModelFile readModelFile(std::span<const std::byte> bytes) {
  return withErrorContext("the model", [&] {
    if (isSafetensors(bytes.first(std::min(bytes.size(), signatureBytes))))
      return readSafetensorsModel(SafetensorsReader(ByteReader(bytes)));
    return readArchive(TorchArchive::open(bytes));
  });
}

}  // namespace cut
