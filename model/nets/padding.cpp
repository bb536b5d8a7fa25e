// SPDX-License-Identifier: MIT
#include "nets/padding.hpp"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "kernels/image/resample.hpp"
#include "nets/aten_kernels.hpp"
#include "nets/gradient_modes.hpp"

namespace cut::nets {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Adds the gradient of the padding along one dimension to the pixels that the padding was read from.
void addPaddingGradient(const at::Tensor& gradient, std::int64_t dimension, std::int64_t pixels) {
  const std::int64_t end = gradient.size(dimension) - pixels;
  gradient.slice(dimension, pixels + 1, 2 * pixels + 1)
      .add_(gradient.slice(dimension, 0, pixels).flip({dimension}));
  gradient.slice(dimension, end - 1 - pixels, end - 1).add_(gradient.slice(dimension, end).flip({dimension}));
}

// at::reflection_pad2d saves its input for the gradient, which needs only the number of pixels.
class ReflectionPad : public torch::autograd::Function<ReflectionPad> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, std::int64_t pixels) {
    context->saved_data["pixels"] = pixels;
    return at::reflection_pad2d(x, {pixels, pixels, pixels, pixels});
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const std::int64_t pixels = context->saved_data["pixels"].toInt();
    return {reflectionPadBackward(gradients[0].clone(), pixels), at::Tensor()};
  }
};

cpu::BlurShape shapeOf(at::IntArrayRef sizes) {
  return {sizes[0], sizes[2], sizes[3], sizes[1]};
}

class BlurPool : public torch::autograd::Function<BlurPool> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x) {
    context->saved_data["sizes"] = x.sizes().vec();
    const at::Tensor dense = x.contiguous(at::MemoryFormat::ChannelsLast);
    const cpu::BlurShape shape = shapeOf(x.sizes());
    at::Tensor y = emptyChannelsLast({x.size(0), x.size(1), shape.outputHeight(), shape.outputWidth()});
    cpu::blurPool(dense.const_data_ptr<float>(), y.mutable_data_ptr<float>(), shape, atenParallelFor);
    return y;
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const std::vector<std::int64_t> sizes = context->saved_data["sizes"].toIntVector();
    const at::Tensor dense = gradients[0].contiguous(at::MemoryFormat::ChannelsLast);
    at::Tensor dx = emptyChannelsLast(sizes);
    cpu::blurPoolBackward(dense.const_data_ptr<float>(), dx.mutable_data_ptr<float>(), shapeOf(sizes),
                          atenParallelFor);
    return {dx};
  }
};

}  // namespace

at::Tensor reflectionPad(const at::Tensor& x, std::int64_t pixels) {
  if (!fusedOperationsEnabled() || !x.requires_grad())
    return at::reflection_pad2d(x, {pixels, pixels, pixels, pixels});
  return ReflectionPad::apply(x, pixels);
}

at::Tensor reflectionPadBackward(const at::Tensor& gradient, std::int64_t pixels) {
  addPaddingGradient(gradient, 2, pixels);
  addPaddingGradient(gradient, 3, pixels);
  return gradient.slice(2, pixels, gradient.size(2) - pixels)
      .slice(3, pixels, gradient.size(3) - pixels)
      .contiguous(gradient.suggest_memory_format());
}

at::Tensor blurPool(const at::Tensor& x) {
  const bool supported = x.is_cpu() && x.scalar_type() == at::kFloat && x.size(2) > 1 && x.size(3) > 1;
  if (!fusedOperationsEnabled() || !supported)
    return at::avg_pool2d(at::avg_pool2d(at::reflection_pad2d(x, {1, 1, 1, 1}), 2, 1), 2, 2);
  return BlurPool::apply(x);
}

at::Tensor reflectToMultiple(at::Tensor images, std::int64_t multiple) {
  for (const std::int64_t dimension : {2, 3}) {
    const std::int64_t side = images.size(dimension);
    const std::int64_t padded = (side + multiple - 1) / multiple * multiple;
    if (padded == side) continue;
    const std::int64_t period = std::max<std::int64_t>(2 * (side - 1), 1);
    const at::Tensor place = at::arange(padded, images.options().dtype(at::kLong)).remainder(period);
    images = images.index_select(dimension, at::minimum(place, period - place));
  }
  return images;
}

}  // namespace cut::nets
