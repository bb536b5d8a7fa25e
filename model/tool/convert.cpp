#include <iostream>

#include "base/tensor_checks.hpp"
#include "base/text.hpp"
#include "cuttranslate/error.hpp"
#include "cuttranslate/model_file.hpp"
#include "cuttranslate/version.hpp"
#include "tool/checks.hpp"
#include "tool/commands.hpp"
#include "tool/sample.hpp"

namespace cut::tool {
namespace {

constexpr const char* program = "cut-model " CUT_VERSION;

void describe(const ConvertRequest& request, ModelFile& model) {
  if (request.licence) model.licence = *request.licence;
  if (request.attribution) model.attribution = *request.attribution;
  if (request.origin) model.origin = *request.origin;
  if (model.origin.empty())
    model.origin = "converted from " + request.from.filename().string() + " by " + program;
}

// A sample in the file stays: the weights are the same.
std::string settleSample(const ConvertRequest& request, ModelFile& model) {
  if (request.sample == SampleChoice::leaveOut) {
    model.sample.reset();
    return "without a sample";
  }
  if (model.sample) return "with the sample it had";
  if (firstNonFinite(model.weights)) return "without a sample, since no engine runs these weights";
  try {
    model.sample = makeSample(model, request.engine);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::moduleMissing && error.kind() != ErrorKind::noDevice) throw;
    throw Error(error.kind(), std::string("the sample cannot be computed: ") + error.what() +
                                  " (--no-sample converts without one)");
  }
  return "with a sample";
}

// That it is a program, the refusal says.
ModelFile readNetwork(const std::filesystem::path& path) {
  ModelFile model = readModelFile(path, Code::tell);
  if (model.kind == FileKind::torchScript)
    throw Error(ErrorKind::unsupported,
                path.string() +
                    ": is a TorchScript program, which holds code and not a network that is known here, so "
                    "that it cannot be converted; expected weights: save the module's state_dict() with "
                    "torch.save and convert that");
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
    describe(request, model);
    writeSafetensors(request.to, model);
    what = "weights and where they come from";
  } else if (extension == ".onnx") {
    describe(request, model);
    writeOnnx(request.to, model);
    what = "for frames of any size";
  } else {
    describe(request, model);
    what = settleSample(request, model);
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
