// SPDX-License-Identifier: MIT
// How one forward pass of a generator runs at one frame size.
#pragma once

#include <cstdint>

#include "kernels/base/feature_map.hpp"
#include "kernels/image/pixels.hpp"
#include "kernels/norm/instance_norm.hpp"

namespace cut::cpu {

// The order of the kernels, and the layout of their data in a workspace that the plan does not own.
class Plan {
 public:
  virtual ~Plan() = default;

  // Floats of the workspace, which is aligned to 64 bytes. Nothing in it is kept from frame to frame.
  virtual std::int64_t workspace() const noexcept = 0;

  // Where run() reads the input, and where it leaves the output.
  virtual MutableFloatImage input(float* workspace) const noexcept = 0;
  virtual FloatImage output(const float* workspace) const noexcept = 0;

  virtual void run(float* workspace) noexcept = 0;
};

// Assigns parts of a workspace, in whole cache lines.
class WorkspaceLayout {
 public:
  // The offset of the next part, in floats.
  std::int64_t take(std::int64_t floats) noexcept {
    const std::int64_t offset = size_;
    size_ += paddedChannels(floats);
    return offset;
  }
  std::int64_t size() const noexcept { return size_; }

 private:
  std::int64_t size_ = 0;
};

inline constexpr float instanceNormEps = 1e-5F;

inline InstanceNormShape normShape(const MapShape& shape) noexcept {
  return {1, shape.pixels(), shape.channels};
}

}  // namespace cut::cpu
