// SPDX-License-Identifier: MIT
// The forward pass of a U-Net generator at one frame size.
#pragma once

#include <cstdint>
#include <vector>

#include "backends/cpu/generator_weights.hpp"
#include "backends/cpu/plan.hpp"
#include "backends/cpu/thread_pool.hpp"
#include "kernels/base/feature_map.hpp"

namespace cut::cpu {

// Each encoder level keeps its map before its norm. The next encoder level reads it with norm and leaky ReLU,
// the skip connection with norm and ReLU. (In the reference the skip carries the map after its leaky ReLU;
// the decoder's ReLU of that equals the ReLU of the map.) Both copy it into a padded map, where a decoder
// level finds the skip connection and the decoded map below it as neighbouring channels.
class UnetPlan final : public Plan {
 public:
  // size: already padded to the network's size multiple.
  UnetPlan(const UnetWeights& weights, Size size, ThreadPool& pool);

  std::int64_t workspace() const noexcept override { return layout_.size(); }
  MutableFloatImage input(float* workspace) const noexcept override;
  FloatImage output(const float* workspace) const noexcept override;
  void run(float* workspace) noexcept override;

 private:
  // Offsets are in floats from the beginning of the workspace.
  struct Map {
    MapShape shape;
    std::int64_t offset = 0;
    std::int64_t norm = 0;  // of its means, followed by its invStds
  };

  void layOutWorkspace();

  NormRelu pendingNorm(const Map& map) const noexcept;
  void zeroInputPadding() const noexcept;
  void computeMoments(const Map& map, bool normed) noexcept;
  void loadInputs(std::size_t level, std::int64_t padding) noexcept;
  void encodeLevel(std::size_t level) noexcept;
  void decodeLevel(std::size_t level) noexcept;
  void lastLayer() noexcept;

  const UnetWeights& weights_;
  ThreadPool& pool_;
  Size size_;
  std::vector<Map> maps_;  // by level
  Map decoded_;            // the output of the decoder level below; all levels share it
  std::int64_t input_ = 0, padded_ = 0, output_ = 0, scratch_ = 0;
  WorkspaceLayout layout_;
  float* base_ = nullptr;  // the workspace of the current run
};

}  // namespace cut::cpu
