// Our fused operations know their gradient, but not the gradient's gradient.
#pragma once

namespace cut::nets {

// While one lives, networks on its thread are made of ATen's operations, whose gradients can be
// differentiated again: WGAN-GP's penalty is a function of a gradient. Not nested.
class TwiceDifferentiable {
 public:
  TwiceDifferentiable() noexcept { wanted_ = true; }
  ~TwiceDifferentiable() { wanted_ = false; }
  TwiceDifferentiable(const TwiceDifferentiable&) = delete;
  TwiceDifferentiable& operator=(const TwiceDifferentiable&) = delete;

  static bool wanted() noexcept { return wanted_; }

 private:
  static inline thread_local bool wanted_ = false;
};

}  // namespace cut::nets
