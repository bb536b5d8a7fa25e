// The gradients that the reference gets from LibTorch 2.15, right or not.
#pragma once

namespace cut::nets {

// The gradient of at::instance_norm is wrong for one image where what comes from above is channels-last, as
// it is from PatchNCE's samples (checked in Python and against the definition). The reference's steps of
// batch 1, and the golden numbers made of them, hold that. While one lives, networks on its thread compute as
// the reference does; otherwise their gradients are right. Not nested.
class ReferenceGradients {
 public:
  ReferenceGradients() noexcept { wanted_ = true; }
  ~ReferenceGradients() { wanted_ = false; }
  ReferenceGradients(const ReferenceGradients&) = delete;
  ReferenceGradients& operator=(const ReferenceGradients&) = delete;

  static bool wanted() noexcept { return wanted_; }

 private:
  static inline thread_local bool wanted_ = false;
};

}  // namespace cut::nets
