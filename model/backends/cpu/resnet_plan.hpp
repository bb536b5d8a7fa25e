// One forward pass of a ResNet generator at one size: where everything lies, and the order of the kernels.
#pragma once

#include <cstdint>

#include "backends/cpu/int8_calibration.hpp"
#include "backends/cpu/plan.hpp"
#include "backends/cpu/resnet_weights.hpp"
#include "backends/cpu/thread_pool.hpp"
#include "kernels/base/feature_map.hpp"
#include "kernels/conv/winograd/winograd.hpp"
#include "kernels/image/resample.hpp"

namespace cut::cpu {

// Activations are channels-last and lie in two large buffers in turn; they are stored before their norm and
// ReLU, which the next kernel applies to what it loads.
class ResnetPlan final : public Plan {
 public:
  // `size` is padded to what the network takes.
  ResnetPlan(const ResnetWeights& weights, Size size, ThreadPool& pool);

  std::int64_t workspace() const noexcept override { return end_; }
  MutableFloatImage input(float* workspace) const noexcept override;
  FloatImage output(const float* workspace) const noexcept override;
  void run(float* workspace) noexcept override { run(workspace, nullptr); }

  // A calibration is shown what each 3x3 layer with stride 1 reads; the weights are fp32 then.
  void run(float* workspace, Int8Calibration* calibration) noexcept;

 private:
  struct Places {
    std::int64_t input, first, second, output;
    std::int64_t mean, invStd, moments, scratch;
  };

  // Padding of a 3x3 layer with stride 1, and whether its input is upsampled before it.
  struct Around {
    Padding padding = Padding::zeros;
    bool upsample2x = false;
  };

  WinogradShape winogradShape(const MapShape& out, const PackedConvolution& layer) const noexcept;
  ColumnsShape columnsShape(const PackedConvolution& layer) const noexcept;
  AmxShape amxShape(const MapShape& out, const PackedConvolution& layer) const noexcept;
  MapShape map(std::int64_t divisor, std::int64_t channels) const noexcept;
  void layOut();
  std::int64_t take(std::int64_t floats) noexcept;

  NormRelu pending() const noexcept;
  float* moments() const noexcept;
  void reflectInput() const noexcept;
  void measure(const float* x, const MapShape& shape) noexcept;
  void convolve(const float* x, const NormRelu& norm, const PackedConvolution& layer, float* y,
                const MapShape& out, const Around& around) noexcept;
  void amxLayer(const float* x, const NormRelu& norm, const PackedConvolution& layer, float* y,
                const AmxShape& shape, bool measured) noexcept;
  void firstLayer() noexcept;
  void downLayer(std::size_t index) noexcept;
  void block(std::size_t index) noexcept;
  void upLayer(std::size_t index) noexcept;
  void transposedLayer(const std::vector<PackedConvolution>& phases, const MapShape& in) noexcept;
  void lastLayer() noexcept;
  void lastLayerAmx() noexcept;
  void imageFrom(const float* partial) noexcept;

  const ResnetWeights& weights_;
  ThreadPool& pool_;
  std::int64_t height_;
  std::int64_t width_;
  std::int64_t ngf_;
  Places at_{};
  std::int64_t end_ = 0;
  float* base_ = nullptr;  // the workspace of the run under way
  Int8Calibration* calibration_ = nullptr;
};

}  // namespace cut::cpu
