// What int8 needs to know of a network, watched while it runs in fp32.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "cuttranslate/image.hpp"
#include "cuttranslate/model_file.hpp"
#include "kernels/conv/winograd/winograd.hpp"

namespace cut::cpu {

// A ResnetPlan reports each of its 3x3 layers with stride 1, in the order of expectedRanges().
class Int8Calibration {
 public:
  explicit Int8Calibration(const GeneratorSpec& spec);

  void beginFrame() noexcept { next_ = 0; }
  // What the next layer is about to read.
  void see(const float* x, const NormRelu& norm, WinogradShape shape, ParallelFor parallelFor) noexcept;

  // What all frames came to: expectedRanges() of the spec.
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

// What a model is calibrated with.
struct Int8Picture {
  Size size;
  std::vector<float> planes;  // of the model's channels, in [-1, 1]
  std::vector<float> exact;   // its translation in fp32
};

// The frames, and the model's sample, which is checked in every precision; not translated yet.
std::vector<Int8Picture> int8Pictures(const ModelFile& model, std::span<const ImageView> frames);

// Ranges of all layers of a ResNet, from its passes in fp32; sets what is `exact` of each picture.
StateDict calibrate(const ModelFile& model, int threads, std::span<Int8Picture> pictures);

}  // namespace cut::cpu
