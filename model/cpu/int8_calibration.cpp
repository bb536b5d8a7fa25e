#include "cpu/int8_calibration.hpp"

#include <string>

#include "cpu/float_memory.hpp"
#include "cpu/forward.hpp"
#include "cpu/int8_ranges.hpp"
#include "cpu/resnet_weights.hpp"
#include "cpu/thread_pool.hpp"

namespace cut::cpu {
namespace {

constexpr std::string_view channelsSuffix = ".channels";

}  // namespace

Int8Calibration::Int8Calibration(const GeneratorSpec& spec) {
  for (const TensorInfo& info : expectedRanges(spec)) {
    if (!info.name.ends_with(channelsSuffix)) continue;
    const std::int64_t inputs = info.shape[0];
    layers_.push_back(
        {info.name.substr(0, info.name.size() - channelsSuffix.size()), inputs,
         std::vector<float>(static_cast<std::size_t>(int8Frequencies * paddedChannels(inputs)))});
  }
}

void Int8Calibration::see(const float* x, const NormRelu& norm, WinogradShape shape,
                          ParallelFor parallelFor) noexcept {
  shape.products = Products::int8;  // whose tiles are others than fp32's
  winogradReach(x, norm, shape, layers_[next_++].reach.data(), parallelFor);
}

StateDict Int8Calibration::ranges() const {
  StateDict ranges;
  for (const Layer& layer : layers_) {
    const Int8Ranges found = rangesOf(layer.reach, layer.inputs, paddedChannels(layer.inputs));
    ranges.emplace_back(layer.name + ".channels", fromFloats({layer.inputs}, found.channels));
    ranges.emplace_back(layer.name + ".frequencies", fromFloats({int8Frequencies}, found.frequencies));
  }
  return ranges;
}

StateDict calibrate(const ModelFile& model, int threads, std::span<const ImageView> frames) {
  Int8Calibration calibration(model.spec);
  ThreadPool pool(threads);
  const ResnetWeights weights(model, Products::fp32, pool);
  const auto watch = [&](Size size, auto&& fill) {
    const Size padded = paddedSize(size, model.spec.sizeMultiple());
    Forward forward(weights, padded, pool);
    const FloatMemory workspace = makeFloats(forward.workspace());
    fill(forward.input(workspace.get()), padded);
    calibration.beginFrame();
    forward.run(workspace.get(), &calibration);
  };
  for (const ImageView& frame : frames)
    watch({frame.width, frame.height}, [&](const auto& input, Size padded) { unpack(frame, input, padded); });
  if (model.sample) {
    const auto& shape = model.sample->input.shape;  // (1, C, H, W)
    const Size size{static_cast<int>(shape[3]), static_cast<int>(shape[2])};
    const std::vector<float> planes = toFloats(model.sample->input);
    watch(size, [&](const auto& input, Size padded) {
      padPlanes(planes, model.spec.inputChannels, size, input, padded);
    });
  }
  return calibration.ranges();
}

}  // namespace cut::cpu
