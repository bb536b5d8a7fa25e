// One forward pass of a generator at one size.
#pragma once

#include <cstdint>

#include "kernels/image/pixels.hpp"

namespace cut::cpu {

// It knows where everything lies in working memory that it does not own, and the order of the kernels.
class Plan {
 public:
  virtual ~Plan() = default;

  // Floats of working memory, aligned to 64 bytes; nothing in it is kept from frame to frame.
  virtual std::int64_t workspace() const noexcept = 0;

  // Where the input goes before run(), and where the output lies after it.
  virtual MutableFloatImage input(float* workspace) const noexcept = 0;
  virtual FloatImage output(const float* workspace) const noexcept = 0;

  virtual void run(float* workspace) noexcept = 0;
};

}  // namespace cut::cpu
