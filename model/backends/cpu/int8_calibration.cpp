#include "backends/cpu/int8_calibration.hpp"

#include <string>
#include <utility>

#include "backends/cpu/float_memory.hpp"
#include "backends/cpu/int8_ranges.hpp"
#include "backends/cpu/resnet_plan.hpp"
#include "backends/cpu/resnet_weights.hpp"
#include "backends/cpu/thread_pool.hpp"
#include "kernels/conv/winograd/activation_range.hpp"

namespace cut::cpu {
namespace {

constexpr std::string_view inputsSuffix = ".inputs";

}  // namespace

Int8Calibration::Int8Calibration(const GeneratorSpec& spec) {
  for (const TensorInfo& info : expectedRanges(spec)) {
    if (!info.name.ends_with(inputsSuffix)) continue;
    const std::int64_t inputs = info.shape[0];
    layers_.push_back(
        {info.name.substr(0, info.name.size() - inputsSuffix.size()), inputs,
         std::vector<float>(static_cast<std::size_t>(paddedChannels(inputs))),
         std::vector<float>(static_cast<std::size_t>(int8TileElements * paddedChannels(inputs)))});
  }
}

void Int8Calibration::see(const float* x, const NormRelu& norm, WinogradShape shape,
                          ParallelFor parallelFor) noexcept {
  Layer& layer = layers_[next_++];
  const std::int64_t pixels = shape.height * shape.width / (shape.upsample2x ? 4 : 1);
  activationAbsmax(x, norm, pixels, shape.inChannels, layer.absmax.data(), parallelFor);
  shape.computeType = ComputeType::int8;  // its tiles differ from those of fp32
  transformedAbsmax(x, norm, shape, layer.transformedAbsmax.data(), parallelFor);
}

StateDict Int8Calibration::ranges() const {
  StateDict ranges;
  for (const Layer& layer : layers_) {
    const std::vector<float> inputs = rangesOf(std::span(layer.absmax).first(layer.inputs));
    const Int8Ranges found = rangesOf(layer.transformedAbsmax, layer.inputs, paddedChannels(layer.inputs));
    ranges.emplace_back(layer.name + ".inputs", fromFloats({layer.inputs}, inputs));
    ranges.emplace_back(layer.name + ".channels", fromFloats({layer.inputs}, found.channels));
    ranges.emplace_back(layer.name + ".frequencies", fromFloats({int8TileElements}, found.tileElements));
  }
  return ranges;
}

std::vector<Int8Picture> int8Pictures(const ModelFile& model, std::span<const ImageView> frames) {
  std::vector<Int8Picture> pictures;
  for (const ImageView& frame : frames) {
    const Size size{frame.width, frame.height};
    const std::int64_t area = std::int64_t{size.width} * size.height;
    std::vector<float> planes(static_cast<std::size_t>(area * frame.layout.channels));
    unpack(frame, {planes.data(), area, size.width, 1}, size);
    pictures.push_back({size, std::move(planes), {}});
  }
  if (model.sample) pictures.push_back({model.sample->size(), toFloats(model.sample->input), {}});
  return pictures;
}

StateDict calibrate(const ModelFile& model, int threads, std::span<Int8Picture> pictures) {
  Int8Calibration calibration(model.spec);
  ThreadPool pool(threads);
  const ResnetWeights weights(model, ComputeType::fp32, pool);
  for (Int8Picture& picture : pictures) {
    const Size padded = paddedSize(picture.size, model.spec.sizeMultiple());
    ResnetPlan plan(weights, padded, pool);
    const FloatMemory workspace = makeFloats(plan.workspace());
    padPlanes(picture.planes, model.spec.inputChannels, picture.size, plan.input(workspace.get()), padded);
    calibration.beginFrame();
    plan.run(workspace.get(), &calibration);
    picture.exact.resize(static_cast<std::size_t>(picture.size.width) *
                         static_cast<std::size_t>(picture.size.height) *
                         static_cast<std::size_t>(model.spec.outputChannels));
    cropPlanes(plan.output(workspace.get()), model.spec.outputChannels, picture.size, picture.exact);
  }
  return calibration.ranges();
}

}  // namespace cut::cpu
