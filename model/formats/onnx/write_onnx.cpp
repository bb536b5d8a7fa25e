// SPDX-License-Identifier: MIT
// Writing a generator as an ONNX model.
#include <cstring>
#include <map>
#include <string>
#include <utility>

#include "base/atomic_file.hpp"
#include "cuttranslate/error.hpp"
#include "formats/model_writer.hpp"
#include "formats/native_format.hpp"
#include "formats/onnx/onnx_graph.hpp"

namespace cut {
namespace {

using onnx::attribute;
using onnx::OnnxGraph;
using onnx::OnnxLayers;
using onnx::Value;

// Pads frames of any size to a multiple by reflection at the right and bottom border, as the engines do, and
// crops the output again. The size is known only when the graph runs.
class FramePadding {
 public:
  FramePadding(OnnxGraph& graph, Value input)
      : graph_(graph), input_(std::move(input)), shape_(graph.apply("Shape", {input_})) {}

  Value padded(std::int64_t multiple) {
    Value x = input_;
    for (const std::int64_t axis : {2, 3})
      x = graph_.apply("Gather", {x, reflectedIndices(axis, multiple)}, {attribute("axis", axis)});
    return x;
  }

  Value cropped(const Value& output) {
    const auto list = [this](const char* name, const std::vector<std::int64_t>& values) {
      return graph_.constant(name, {static_cast<std::int64_t>(values.size())}, values);
    };
    const Value size = graph_.apply("Slice", {shape_, list("from_2", {2}), list("to_4", {4})});
    return graph_.apply("Slice", {output, list("from_0_0", {0, 0}), size, list("axes_2_3", {2, 3})});
  }

 private:
  // 0 1 2 3 2 1 0 1 ... for a size of 4, as many as the padded size.
  Value reflectedIndices(std::int64_t axis, std::int64_t multiple) {
    const auto number = [this](std::int64_t value) { return graph_.scalar(value); };
    const Value size = graph_.apply("Gather", {shape_, number(axis)});
    const Value atLeast = graph_.apply("Max", {size, number(8)});
    const Value parts =
        graph_.apply("Div", {graph_.apply("Add", {atLeast, number(multiple - 1)}), number(multiple)});
    const Value paddedSize = graph_.apply("Mul", {parts, number(multiple)});
    const Value indices = graph_.apply("Range", {number(0), paddedSize, number(1)});
    const Value twice = graph_.apply("Mul", {graph_.apply("Sub", {size, number(1)}), number(2)});
    const Value period = graph_.apply("Max", {twice, number(1)});  // a size of 1 repeats its only pixel
    const Value within = graph_.apply("Mod", {indices, period});
    return graph_.apply("Min", {within, graph_.apply("Sub", {period, within})});
  }

  OnnxGraph& graph_;
  Value input_, shape_;
};

Value addNetwork(OnnxLayers& layers, const Value& input) {
  const std::string& architecture = layers.spec().architecture;
  if (architecture == "resnet") return onnx::addResnet(layers, input);
  if (architecture == "unet") return onnx::addUnet(layers, input);
  return onnx::addStyleGan(layers, input);
}

std::map<std::string, std::string> metadataOf(const ModelFile& model) {
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
                "a TorchScript program cannot be written as ONNX: its weights and layers are unknown here");
  checkModel(model);
  OnnxGraph graph;
  OnnxLayers layers(model, graph);
  graph.input("input", model.spec.inputChannels);
  FramePadding frame(graph, "input");
  const Value output = addNetwork(layers, frame.padded(model.spec.sizeMultiple()));
  graph.output(frame.cropped(output), "output", model.spec.outputChannels);
  const std::string text = std::move(graph).finish(metadataOf(model));
  std::vector<std::byte> bytes(text.size());
  std::memcpy(bytes.data(), text.data(), text.size());
  return bytes;
}

void writeOnnx(const std::filesystem::path& path, const ModelFile& model) {
  writeFileAtomically(path, onnxBytes(model));
}

}  // namespace cut
