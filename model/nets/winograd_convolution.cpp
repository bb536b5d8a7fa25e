// SPDX-License-Identifier: MIT
#include "nets/winograd_convolution.hpp"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include "kernels/conv/winograd/winograd_gradient.hpp"
#include "nets/aten_kernels.hpp"
#include "nets/gradient_modes.hpp"
#include "nets/padding.hpp"

namespace cut::nets {
namespace {

using cpu::Padding;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

at::Tensor floats(std::int64_t count) {
  return at::empty({count}, at::kFloat);
}

cpu::KernelView kernelsOf(const at::Tensor& weight) {
  return {weight.const_data_ptr<float>(),
          weight.size(0),
          weight.size(1),
          weight.stride(0),
          weight.stride(1),
          weight.stride(3)};
}

// The kernels of the data gradient: transposed (outputs and inputs exchanged) and flipped (taps in reverse
// order).
cpu::KernelView flippedAndTransposed(const cpu::KernelView& kernels) {
  return {kernels.first + 8 * kernels.tapStride,
          kernels.inputs,
          kernels.outputs,
          kernels.inputStride,
          kernels.outputStride,
          -kernels.tapStride};
}

cpu::WinogradShape shapeOf(const at::Tensor& x, const cpu::KernelView& kernels, Padding padding) {
  return {.height = x.size(2),
          .width = x.size(3),
          .inChannels = kernels.inputs,
          .outChannels = kernels.outputs,
          .padding = padding};
}

// x is channels-last.
at::Tensor convolve(const at::Tensor& x, const cpu::KernelView& kernels, const at::Tensor& bias,
                    Padding padding) {
  const cpu::WinogradShape shape = shapeOf(x, kernels, padding);
  const std::int64_t threads = at::get_num_threads();
  const at::Tensor transformed = floats(shape.weights());
  cpu::winogradWeights(kernels, transformed.mutable_data_ptr<float>(), shape, atenParallelFor);
  const at::Tensor offset = bias.defined() ? bias.contiguous() : at::zeros({kernels.outputs}, at::kFloat);
  const at::Tensor scratch = floats(cpu::winogradScratch(shape, threads));
  at::Tensor y = emptyChannelsLast({x.size(0), kernels.outputs, x.size(2), x.size(3)});
  for (std::int64_t n = 0; n < x.size(0); ++n)
    cpu::winograd(x.const_data_ptr<float>() + n * x.stride(0), {}, transformed.const_data_ptr<float>(),
                  offset.const_data_ptr<float>(), y.mutable_data_ptr<float>() + n * y.stride(0), shape,
                  nullptr, scratch.mutable_data_ptr<float>(), threads, atenParallelFor);
  return y;
}

at::Tensor weightGradient(const at::Tensor& x, const at::Tensor& dy, const cpu::KernelView& kernels,
                          Padding padding) {
  const cpu::WinogradShape shape = shapeOf(x, kernels, padding);
  const std::int64_t threads = at::get_num_threads();
  const at::Tensor scratch = floats(cpu::winogradGradientScratch(shape, x.size(0), threads));
  at::Tensor gradient = emptyChannelsLast({kernels.outputs, kernels.inputs, 3, 3});
  cpu::winogradGradient(x.const_data_ptr<float>(), dy.const_data_ptr<float>(),
                        gradient.mutable_data_ptr<float>(), shape, x.size(0),
                        scratch.mutable_data_ptr<float>(), threads, atenParallelFor);
  return gradient;
}

// With reflection padding, the gradient extends one pixel beyond the map and is then added to the pixels that
// the padding was read from.
at::Tensor dataGradient(const at::Tensor& dy, const cpu::KernelView& kernels, Padding padding) {
  if (padding == Padding::zeros) return convolve(dy, flippedAndTransposed(kernels), {}, Padding::zeros);
  const at::Tensor around = at::constant_pad_nd(dy, {1, 1, 1, 1}).contiguous(at::MemoryFormat::ChannelsLast);
  return reflectionPadBackward(convolve(around, flippedAndTransposed(kernels), {}, Padding::zeros), 1);
}

class WinogradConvolution : public torch::autograd::Function<WinogradConvolution> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& input, const at::Tensor& weight,
                            const std::optional<at::Tensor>& bias, bool reflect) {
    const at::Tensor x = input.contiguous(at::MemoryFormat::ChannelsLast);
    context->save_for_backward({x, weight});
    context->saved_data["reflect"] = reflect;
    context->saved_data["bias"] = bias.has_value();
    return convolve(x, kernelsOf(weight), bias.value_or(at::Tensor()),
                    reflect ? Padding::reflect : Padding::zeros);
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    const cpu::KernelView kernels = kernelsOf(saved[1]);
    const Padding padding = context->saved_data["reflect"].toBool() ? Padding::reflect : Padding::zeros;
    const bool hasBias = context->saved_data["bias"].toBool();
    const at::Tensor dy = gradients[0].contiguous(at::MemoryFormat::ChannelsLast);
    at::Tensor dx, dw, db;
    if (context->needs_input_grad(0)) dx = dataGradient(dy, kernels, padding);
    if (context->needs_input_grad(1)) dw = weightGradient(saved[0], dy, kernels, padding);
    if (hasBias && context->needs_input_grad(2)) db = dy.sum({0, 2, 3});
    return {dx, dw, db, at::Tensor()};
  }
};

}  // namespace

bool winogradSupports(const at::Tensor& x, const at::Tensor& weight) {
  const auto fills = [](std::int64_t channels) { return channels % cpu::channelGroup == 0; };
  return x.is_cpu() && x.dim() == 4 && (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16) &&
         weight.scalar_type() == at::kFloat && weight.size(2) == 3 && weight.size(3) == 3 &&
         weight.stride(2) == 3 * weight.stride(3) && fills(weight.size(0)) && fills(weight.size(1)) &&
         x.size(0) > 0 && x.size(1) == weight.size(1) && x.size(2) > 1 && x.size(3) > 1 &&
         fusedOperationsEnabled();
}

at::Tensor winogradConvolution(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                               Padding padding) {
  std::optional<at::Tensor> offset;
  if (bias.defined()) offset = bias;
  return WinogradConvolution::apply(x.to(at::kFloat), weight, offset, padding == Padding::reflect);
}

}  // namespace cut::nets
