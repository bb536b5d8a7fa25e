// SPDX-License-Identifier: MIT
#include "backends/cpu/int8_calibration.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <utility>

#include "backends/cpu/cpu_network.hpp"
#include "backends/cpu/cpu_session.hpp"
#include "backends/cpu/generator_weights.hpp"
#include "backends/cpu/resnet_plan.hpp"
#include "backends/cpu/thread_pool.hpp"
#include "kernels/base/aligned_floats.hpp"
#include "kernels/base/cpu_features.hpp"
#include "kernels/conv/winograd/activation_range.hpp"

namespace cut::cpu {
namespace {

constexpr std::string_view inputsSuffix = ".inputs";

constexpr std::size_t tileElements = int8TileElements;
constexpr float minRange = 1e-3F;  // relative to the largest range
// Other frames have larger activations, and clipping them costs more than a tenth of the quantization levels.
constexpr float headroom = 1.1F;

constexpr float tiny = 1e-12F;

// Channels that were hardly ever active must not be scaled up by an almost zero range.
void raiseSmallRanges(std::vector<float>& channels) {
  const float largest = *std::max_element(channels.begin(), channels.end());
  for (float& range : channels) range = std::max({range, minRange * largest, tiny});
}

class Trial {
 public:
  Trial(ModelFile model, int threads, std::span<const Int8Picture> pictures)
      : model_(std::move(model)), threads_(threads), pictures_(pictures) {}

  // PSNR (dB) of the worst picture, of every `step`th, with int8 in the layers of these ranges.
  double worst(StateDict ranges, std::size_t step = 1) {
    model_.int8Ranges = std::move(ranges);
    // Without AMX too, where the file may be used later: Winograd has other errors.
    const double byWinograd = worst(ResnetKernels{.amx = false}, step);
    return haveAmx() ? std::min(byWinograd, worst(ResnetKernels{}, step)) : byWinograd;
  }

  // A step that leaves about three pictures: enough to rank the layers by their errors.
  std::size_t fewPictures() const { return std::max<std::size_t>(1, pictures_.size() / 3); }

 private:
  double worst(const ResnetKernels& kernels, std::size_t step) const {
    CpuNetwork network(model_, {.precision = Precision::int8, .threads = threads_}, kernels);
    double result = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < pictures_.size(); i += step) {
      const Int8Picture& picture = pictures_[i];
      std::vector<float> got(picture.exact.size());
      CpuSession(network, picture.size).translate(picture.planes, got).take();
      result = std::min(result, psnr(got, picture.exact));
    }
    return result;
  }

  ModelFile model_;
  int threads_;
  std::span<const Int8Picture> pictures_;
};

StateDict rangesOfLayers(const StateDict& all, std::span<const std::size_t> layers) {
  StateDict some;
  for (const std::size_t layer : layers)
    some.insert(some.end(), all.begin() + static_cast<std::ptrdiff_t>(rangesOfLayer * layer),
                all.begin() + static_cast<std::ptrdiff_t>(rangesOfLayer * (layer + 1)));
  return some;
}

}  // namespace

std::vector<float> rangesOf(std::span<const float> absmax) {
  std::vector<float> ranges;
  for (const float value : absmax) ranges.push_back(headroom * value);
  raiseSmallRanges(ranges);
  return ranges;
}

// A channel's range is the geometric mean over its tile elements, so that no single element decides for the
// others.
Int8Ranges rangesOf(std::span<const float> absmax, std::int64_t inputs, std::int64_t stride) {
  Int8Ranges ranges{std::vector<float>(static_cast<std::size_t>(inputs)), std::vector<float>(tileElements)};
  const auto at = [&](std::size_t e, std::size_t c) {
    return absmax[e * static_cast<std::size_t>(stride) + c];
  };
  for (std::size_t c = 0; c < ranges.channels.size(); ++c) {
    double sum = 0;
    for (std::size_t e = 0; e < tileElements; ++e) sum += std::log(std::max(at(e, c), tiny));
    ranges.channels[c] = static_cast<float>(std::exp(sum / tileElements));
  }
  raiseSmallRanges(ranges.channels);
  for (std::size_t e = 0; e < tileElements; ++e)
    for (std::size_t c = 0; c < ranges.channels.size(); ++c)
      ranges.tileElements[e] =
          std::max({ranges.tileElements[e], headroom * at(e, c) / ranges.channels[c], tiny});
  return ranges;
}

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

void Int8Calibration::observe(const float* x, const NormRelu& norm, WinogradShape shape,
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
    const AlignedFloats workspace = makeAlignedFloats(plan.workspace());
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

CalibratedInt8 selectInt8Layers(const ModelFile& model, const StateDict& all, int threads,
                                std::span<const Int8Picture> pictures, double least) {
  Trial trial(model, threads, pictures);
  double kept = trial.worst(all);
  if (least <= 0 || kept >= least) return {all, kept};

  std::vector<std::size_t> layers(all.size() / rangesOfLayer);
  std::iota(layers.begin(), layers.end(), std::size_t{0});
  std::vector<double> alone;
  for (const std::size_t& layer : layers)
    alone.push_back(trial.worst(rangesOfLayers(all, {&layer, 1}), trial.fewPictures()));
  std::sort(layers.begin(), layers.end(), [&](std::size_t a, std::size_t b) { return alone[a] > alone[b]; });

  const std::size_t fewest = (layers.size() + 1) / 2;
  do {
    layers.pop_back();
    kept = trial.worst(rangesOfLayers(all, layers));
  } while (layers.size() > fewest && kept < least);
  std::sort(layers.begin(), layers.end());  // the file has them in the network's order
  return {rangesOfLayers(all, layers), kept};
}

}  // namespace cut::cpu
