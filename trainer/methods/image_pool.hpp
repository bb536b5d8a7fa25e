// SPDX-License-Identifier: MIT
// A history of translated images that a discriminator learns from (Shrivastava et al. 2017, section 2.3).
#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>
#include <c10/core/MemoryFormat.h>

#include <cstdint>
#include <string>
#include <vector>

#include "cuttranslate/tensor.hpp"

namespace cut::trainer {

// While it has room, images are kept and come back as they are. Then each comes back with probability 1/2; or
// else it takes the place of one that is drawn from all, which comes back instead.
class ImagePool {
 public:
  // `capacity` in images; 0: they come back. `layout` is that of the images it keeps: it decides which
  // kernels run, and a restored image must have the one of the image that was saved.
  explicit ImagePool(std::int64_t capacity, c10::MemoryFormat layout = c10::MemoryFormat::ChannelsLast)
      : capacity_(capacity), layout_(layout) {}

  // `images` (N, C, H, W); returns as many, without gradient, on the same device. `random` is on the CPU.
  // Throws invalidArgument where images of a batch would be of several sizes.
  at::Tensor query(const at::Tensor& images, at::Generator& random);

  std::int64_t size() const noexcept { return static_cast<std::int64_t>(images_.size()); }

  // "<prefix>.<i>", each (1, C, H, W).
  void appendTo(StateDict& state, const std::string& prefix) const;
  // The inverse. Throws wrongFile where there are more images than the capacity.
  void restore(const StateDict& state, const std::string& prefix, c10::Device device);

 private:
  at::Tensor exchange(const at::Tensor& image, at::Generator& random);

  std::int64_t capacity_;
  c10::MemoryFormat layout_;
  std::vector<at::Tensor> images_;  // (1, C, H, W) each
};

}  // namespace cut::trainer
