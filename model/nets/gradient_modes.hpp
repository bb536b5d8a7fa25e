// SPDX-License-Identifier: MIT
// Modes of a thread in which networks are made of ATen's operations instead of our fused ones, whose
// gradients differ.
#pragma once

namespace cut::nets {

// While one lives, gradients on its thread can be differentiated again (double backward, create_graph), as
// WGAN-GP's penalty requires: our fused operations have no gradient of their gradient. Not nested.
class DoubleBackwardMode {
 public:
  DoubleBackwardMode() noexcept { enabled_ = true; }
  ~DoubleBackwardMode() { enabled_ = false; }
  DoubleBackwardMode(const DoubleBackwardMode&) = delete;
  DoubleBackwardMode& operator=(const DoubleBackwardMode&) = delete;

  static bool enabled() noexcept { return enabled_; }

 private:
  static inline thread_local bool enabled_ = false;
};

// While one lives, gradients on its thread are those that the reference gets from LibTorch 2.15, where the
// gradient of at::instance_norm is wrong for a batch of one image whose output gradient is channels-last, as
// it is from PatchNCE's samples (checked in Python and against the definition). The golden numbers of the
// reference's steps with batch 1 contain that error. Not nested.
class ReferenceGradientMode {
 public:
  ReferenceGradientMode() noexcept { enabled_ = true; }
  ~ReferenceGradientMode() { enabled_ = false; }
  ReferenceGradientMode(const ReferenceGradientMode&) = delete;
  ReferenceGradientMode& operator=(const ReferenceGradientMode&) = delete;

  static bool enabled() noexcept { return enabled_; }

 private:
  static inline thread_local bool enabled_ = false;
};

// Whether networks on this thread may use our fused operations.
inline bool fusedOperationsEnabled() noexcept {
  return !DoubleBackwardMode::enabled() && !ReferenceGradientMode::enabled();
}

}  // namespace cut::nets
