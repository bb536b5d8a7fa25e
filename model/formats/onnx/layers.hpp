// Layers of the networks as ONNX operators, with weights from a state_dict.
#pragma once

#include <string>
#include <vector>

#include "cuttranslate/model_file.hpp"
#include "formats/onnx/graph.hpp"

namespace cut::onnx {

struct ConvolutionShape {
  std::int64_t stride = 1;
  std::int64_t padding = 0;        // zeros on each side
  std::int64_t outputPadding = 0;  // of a transposed one
};

class Layers {
 public:
  Layers(const ModelFile& model, Graph& graph) : model_(model), graph_(graph) {}

  Graph& graph() noexcept { return graph_; }
  const GeneratorSpec& spec() const noexcept { return model_.spec; }

  // The tensor `name` as float32. Throws internal where it is missing: the model was checked.
  std::vector<float> floats(const std::string& name) const;
  Shape shapeOf(const std::string& name) const;

  // With the weights and, where there is one, the bias of the layer `name`.
  Value convolution(const Value& x, const std::string& name, const ConvolutionShape& shape);
  Value transposedConvolution(const Value& x, const std::string& name, const ConvolutionShape& shape);
  // Every channel with the same filter; zeros in front and behind.
  Value filtered(const Value& x, const std::string& filterName, const std::vector<float>& taps,
                 std::int64_t side, std::int64_t channels, std::int64_t stride, const Shape& pads);

  // The spec's norm, of the layer `name`.
  Value norm(const Value& x, const std::string& name, std::int64_t channels);
  Value reflected(const Value& x, std::int64_t pixels);

 private:
  const Tensor& tensor(const std::string& name) const;
  Value weights(const std::string& name);
  std::vector<Value> inputsOf(const Value& x, const std::string& name);

  const ModelFile& model_;
  Graph& graph_;
};

// From a frame of any size to what the network takes, and back: mirrored at the right and lower border, as
// the engine does it. The sides are found when the graph runs.
class Frame {
 public:
  Frame(Graph& graph, const Value& input);
  Value padded(std::int64_t multiple);
  Value cropped(const Value& output);

 private:
  Value mirroredPositions(std::int64_t axis, std::int64_t multiple);

  Graph& graph_;
  Value input_, shape_;
};

// The network from its input, sides padded, to its output.
Value resnet(Layers& layers, const Value& input);
Value unet(Layers& layers, const Value& input);
Value styleGan(Layers& layers, const Value& input);

}  // namespace cut::onnx
