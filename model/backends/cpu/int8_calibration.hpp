// SPDX-License-Identifier: MIT
// Calibration for int8: activation ranges from fp32 passes over real frames, and the choice of layers that
// run in int8.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "cuttranslate/engine.hpp"
#include "cuttranslate/image.hpp"
#include "cuttranslate/model_file.hpp"
#include "kernels/conv/winograd/winograd.hpp"

namespace cut::cpu {

// The range is channels[c] * tileElements[e] at input channel c and tile element e, as in WinogradRanges.
struct Int8Ranges {
  std::vector<float> channels;      // (inputs)
  std::vector<float> tileElements;  // (36)
};

// The range of each channel of inputs that are not transformed: absmax with 10 % headroom, and at least a
// thousandth of the largest range.
std::vector<float> rangesOf(std::span<const float> absmax);

// The tightest ranges that cover absmax (36, stride), of which the first `inputs` channels are valid, with 10
// % headroom; a channel that was hardly ever active gets a thousandth of the largest range.
Int8Ranges rangesOf(std::span<const float> absmax, std::int64_t inputs, std::int64_t stride);

// Gathers the absmax of each 3x3 layer with stride 1, which a ResnetPlan reports in the order of
// expectedRanges().
class Int8Calibration {
 public:
  explicit Int8Calibration(const GeneratorSpec& spec);

  void beginFrame() noexcept { next_ = 0; }
  // The input of the next layer.
  void observe(const float* x, const NormRelu& norm, WinogradShape shape, ParallelFor parallelFor) noexcept;

  // The ranges over all frames: the tensors of expectedRanges().
  StateDict ranges() const;

 private:
  struct Layer {
    std::string name;
    std::int64_t inputs;
    std::vector<float> absmax;             // (paddedChannels(inputs))
    std::vector<float> transformedAbsmax;  // (int8TileElements, paddedChannels(inputs))
  };

  std::vector<Layer> layers_;
  std::size_t next_ = 0;
};

// A picture that a model is calibrated with.
struct Int8Picture {
  Size size;
  std::vector<float> planes;  // of the model's channels, in [-1, 1]
  std::vector<float> exact;   // its translation in fp32
};

// The frames and the model's sample, which every precision is checked with; `exact` is still empty.
std::vector<Int8Picture> int8Pictures(const ModelFile& model, std::span<const ImageView> frames);

// The ranges of all layers of a ResNet, from fp32 passes; sets `exact` of each picture.
StateDict calibrate(const ModelFile& model, int threads, std::span<Int8Picture> pictures);

// Selects layers of `all`, the ranges of a calibrated model, for int8: leaves out one after the other, the
// one with the largest error of its own first, until the worst picture has `least` dB PSNR against fp32 or
// half of the layers are left. With a `least` of 0 all layers stay. Requires haveInt8().
CalibratedInt8 selectInt8Layers(const ModelFile& model, const StateDict& all, int threads,
                                std::span<const Int8Picture> pictures, double least);

}  // namespace cut::cpu
