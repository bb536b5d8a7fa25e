// SPDX-License-Identifier: MIT
// The forward pass of a ResNet generator at one frame size.
#pragma once

#include <cstdint>

#include "backends/cpu/generator_weights.hpp"
#include "backends/cpu/int8_calibration.hpp"
#include "backends/cpu/plan.hpp"
#include "backends/cpu/thread_pool.hpp"
#include "kernels/base/feature_map.hpp"
#include "kernels/conv/winograd/winograd.hpp"

namespace cut::cpu {

// Layers alternate between two large maps, A and B. Maps are stored before their norm and ReLU, which the
// next kernel applies when it loads them.
class ResnetPlan final : public Plan {
 public:
  // size: already padded to the network's size multiple.
  ResnetPlan(const ResnetWeights& weights, Size size, ThreadPool& pool);

  std::int64_t workspace() const noexcept override { return layout_.size(); }
  MutableFloatImage input(float* workspace) const noexcept override;
  FloatImage output(const float* workspace) const noexcept override;
  void run(float* workspace) noexcept override { run(workspace, nullptr); }

  // With a calibration, which is given the input of each 3x3 layer with stride 1; requires fp32 weights.
  void run(float* workspace, Int8Calibration* calibration) noexcept;

 private:
  struct Offsets {
    std::int64_t input, mapA, mapB, output;
    std::int64_t mean, invStd, moments, scratch;
  };

  // Padding of a 3x3 layer with stride 1, and whether its input is upsampled before it.
  struct InputOptions {
    Padding padding = Padding::zeros;
    bool upsample2x = false;
  };

  WinogradShape winogradShape(const MapShape& out, const PackedConvolution& layer) const noexcept;
  ColumnsShape columnsShape(const PackedConvolution& layer) const noexcept;
  AmxShape amxShape(const MapShape& out, const PackedConvolution& layer) const noexcept;
  MapShape map(std::int64_t divisor, std::int64_t channels) const noexcept;
  void layOutWorkspace();

  NormRelu pendingNorm() const noexcept;
  float* moments() const noexcept;
  void reflectInput() const noexcept;
  void computeMoments(const float* x, const MapShape& shape) noexcept;
  void convolve(const float* x, const NormRelu& norm, const PackedConvolution& layer, float* y,
                const MapShape& out, const InputOptions& options) noexcept;
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
  Offsets at_{};
  WorkspaceLayout layout_;
  float* base_ = nullptr;  // the workspace of the current run
  Int8Calibration* calibration_ = nullptr;
};

}  // namespace cut::cpu
