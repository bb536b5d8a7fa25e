// SPDX-License-Identifier: MIT
#include <stdlib.h>

#include <cerrno>
#include <iostream>
#include <system_error>

#include "base/tensor_checks.hpp"
#include "base/text.hpp"
#include "cuttranslate/engine.hpp"
#include "cuttranslate/error.hpp"
#include "cuttranslate/model_file.hpp"
#include "cuttranslate/version.hpp"
#include "formats/native_format.hpp"
#include "tool/commands.hpp"

namespace cut::tool {
namespace {

constexpr const char* program = "cut-model " CUT_VERSION;

void setOrigin(const ConvertRequest& request, ModelFile& model) {
  if (request.licence) model.licence = *request.licence;
  if (request.attribution) model.attribution = *request.attribution;
  if (request.origin) model.origin = *request.origin;
  if (model.origin.empty())
    model.origin = "converted from " + request.from.filename().string() + " by " + program;
}

// A model file in a temporary folder, because SharedModel opens paths only.
class TemporaryModel {
 public:
  explicit TemporaryModel(const ModelFile& model) {
    std::string folder = (std::filesystem::temp_directory_path() / "cut-model-XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr)
      throw Error(ErrorKind::io, folder + ": cannot be made: " + std::generic_category().message(errno));
    folder_ = folder;
    try {
      writeModelFile(path(), model);
    } catch (...) {
      remove();
      throw;
    }
  }
  TemporaryModel(const TemporaryModel&) = delete;
  TemporaryModel& operator=(const TemporaryModel&) = delete;
  ~TemporaryModel() { remove(); }

  std::filesystem::path path() const { return folder_ / "model.pt"; }

 private:
  void remove() noexcept {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  std::filesystem::path folder_;
};

// The fixed input and what the network makes of it.
Sample makeSample(const ModelFile& model, const EngineOptions& options) {
  const TemporaryModel file(model);
  const auto stream = SharedModel::open(file.path(), options)->makeStream();
  stream->configure({sampleSide, sampleSide});
  Tensor input = sampleInput(model.spec.inputChannels);
  std::vector<float> output(static_cast<std::size_t>(model.spec.outputChannels) * sampleSide * sampleSide);
  stream->translate(toFloats(input), output);
  return {std::move(input), fromFloats({1, model.spec.outputChannels, sampleSide, sampleSide}, output)};
}

// Keeps the file's sample, because the weights do not change, or makes one. Returns what was done.
std::string addSample(const ConvertRequest& request, ModelFile& model) {
  if (request.sample == SampleChoice::leaveOut) {
    model.sample.reset();
    return "without a sample";
  }
  if (model.sample) return "with the sample it had";
  if (firstNonFinite(model.weights)) return "without a sample: engines refuse these weights";
  try {
    model.sample = makeSample(model, request.engine);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::moduleMissing && error.kind() != ErrorKind::noDevice) throw;
    throw Error(error.kind(), std::string("the sample cannot be computed: ") + error.what() +
                                  " (--no-sample converts without one)");
  }
  return "with a sample";
}

// Refuses TorchScript with a message of its own.
ModelFile readNetwork(const std::filesystem::path& path) {
  ModelFile model = readModelFile(path, Code::tell);
  if (model.kind == FileKind::torchScript)
    throw Error(
        ErrorKind::unsupported,
        path.string() +
            ": is a TorchScript program, which holds code instead of a known network, so it cannot be "
            "converted; expected weights: save the module's state_dict() with torch.save and convert that");
  return model;
}

}  // namespace

void convert(const ConvertRequest& request, std::ostream& out) {
  ModelFile model = readNetwork(request.from);
  std::string what = "weights alone";
  const std::string extension = lowerSuffix(request.to);
  if (extension == ".pth") {
    writeStateDict(request.to, model.weights);
  } else if (extension == ".safetensors") {
    setOrigin(request, model);
    writeSafetensors(request.to, model);
    what = "weights and where they come from";
  } else if (extension == ".onnx") {
    setOrigin(request, model);
    writeOnnx(request.to, model);
    what = "for frames of any size";
  } else {
    setOrigin(request, model);
    what = addSample(request, model);
    writeModelFile(request.to, model);
  }
  if (const std::string* name = firstNonFinite(model.weights))
    std::cerr << "cut-model: warning: " << request.from.string() << ": '" << printable(*name)
              << "' holds NaN or infinite numbers; expected finite ones: engines refuse them\n";
  for (const std::string& info : model.infos)
    std::cerr << "cut-model: info: " << request.from.string() << ": " << info << '\n';
  if (!model.key.empty()) what += ", found under '" + printable(model.key) + "'";
  out << request.to.string() << ": " << model.spec.text() << ", " << what << '\n';
}

}  // namespace cut::tool
