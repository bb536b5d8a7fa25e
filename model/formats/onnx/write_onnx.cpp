#include "formats/onnx/write_onnx.hpp"

#include <cstring>
#include <map>
#include <string>

#include "base/atomic_file.hpp"
#include "cuttranslate/error.hpp"
#include "formats/native_format.hpp"
#include "formats/onnx/layers.hpp"

namespace cut {
namespace {

onnx::Value network(onnx::Layers& layers, const onnx::Value& input) {
  const std::string& architecture = layers.spec().architecture;
  if (architecture == "resnet") return onnx::resnet(layers, input);
  if (architecture == "unet") return onnx::unet(layers, input);
  return onnx::styleGan(layers, input);
}

std::map<std::string, std::string> properties(const ModelFile& model) {
  std::map<std::string, std::string> all{{"network", model.spec.text()}};
  const auto add = [&all](const char* key, const std::string& value) {
    if (!value.empty()) all[key] = value;
  };
  add("licence", model.licence);
  add("attribution", model.attribution);
  add("origin", model.origin);
  return all;
}

}  // namespace

std::vector<std::byte> onnxBytes(const ModelFile& model) {
  if (model.kind == FileKind::torchScript)
    throw Error(ErrorKind::unsupported,
                "a TorchScript program cannot be written as ONNX: its weights and layers are its own");
  checkModel(model);
  onnx::Graph graph;
  onnx::Layers layers(model, graph);
  graph.input("input", model.spec.inputChannels);
  onnx::Frame frame(graph, "input");
  const onnx::Value output = network(layers, frame.padded(model.spec.sizeMultiple()));
  graph.output(frame.cropped(output), "output", model.spec.outputChannels);
  const std::string text = std::move(graph).finish(properties(model));
  std::vector<std::byte> bytes(text.size());
  std::memcpy(bytes.data(), text.data(), text.size());
  return bytes;
}

void writeOnnx(const std::filesystem::path& path, const ModelFile& model) {
  writeFileAtomically(path, onnxBytes(model));
}

}  // namespace cut
