// Between the pictures of the data room and the tensors of the networks.
#pragma once

#include <ATen/core/Tensor.h>

#include "trainer/data/picture.hpp"

namespace cut::trainer {

// (N, C, H, W) float32 on `device`, channels-last.
at::Tensor toTensor(const Planes& planes, c10::Device device);

// The first image of (N, C, H, W) in [-1, 1], as RGB (one channel thrice): round((clamp(x, -1, 1) + 1) *
// 127.5).
Picture toPicture(const at::Tensor& images);

}  // namespace cut::trainer
