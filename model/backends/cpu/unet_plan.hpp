// One forward pass of a U-Net generator at one size.
#pragma once

#include <cstdint>
#include <vector>

#include "backends/cpu/plan.hpp"
#include "backends/cpu/thread_pool.hpp"
#include "backends/cpu/unet_weights.hpp"
#include "kernels/base/feature_map.hpp"
#include "kernels/image/resample.hpp"

namespace cut::cpu {

// Each level's map stays as its way down left it, before its norm: the way down below it applies norm and
// leaky ReLU to what it loads, the way up norm and ReLU. (The reference's skip carries the map after its
// leaky ReLU, of which the ReLU is that of the map itself.) Both load into a padded map, in which the two
// that a way up reads come to lie beside each other.
class UnetPlan final : public Plan {
 public:
  // Sides are multiples of what the network takes.
  UnetPlan(const UnetWeights& weights, Size size, ThreadPool& pool);

  std::int64_t workspace() const noexcept override { return end_; }
  MutableFloatImage input(float* workspace) const noexcept override;
  FloatImage output(const float* workspace) const noexcept override;
  void run(float* workspace) noexcept override;

 private:
  // Places are in floats from the workspace's begin.
  struct Map {
    MapShape shape;
    std::int64_t place = 0;
    std::int64_t norm = 0;  // of its means, followed by its inverse deviations
  };

  void layOut();
  std::int64_t take(std::int64_t floats) noexcept;

  NormRelu pending(const Map& map) const noexcept;
  void clearBorder() const noexcept;
  void measure(const Map& map, bool normed) noexcept;
  void loadBoth(std::size_t level, std::int64_t padding) noexcept;
  void goDown(std::size_t level) noexcept;
  void goUp(std::size_t level) noexcept;
  void lastLayer() noexcept;

  const UnetWeights& weights_;
  ThreadPool& pool_;
  Size size_;
  std::vector<Map> maps_;  // by level
  Map climbed_;            // what the level below gave; every level's in turn
  std::int64_t input_ = 0, padded_ = 0, output_ = 0, scratch_ = 0, end_ = 0;
  float* base_ = nullptr;  // the workspace of the run under way
};

}  // namespace cut::cpu
