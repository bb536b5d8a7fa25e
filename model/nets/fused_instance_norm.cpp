// SPDX-License-Identifier: MIT
#include "nets/fused_instance_norm.hpp"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <optional>
#include <utility>
#include <vector>

#include "kernels/norm/instance_norm.hpp"
#include "nets/aten_kernels.hpp"
#include "nets/gradient_modes.hpp"

namespace cut::nets {
namespace {

constexpr double epsilon = 1e-5;

// Makes the output gradient contiguous (NCHW), for which at::instance_norm's gradient is right: see
// ReferenceGradientMode.
class ContiguousGradient : public torch::autograd::Function<ContiguousGradient> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* /*context*/, const at::Tensor& x) {
    return x.clone();  // a copy, because the ReLU after it works in place
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* /*context*/,
                                                 const torch::autograd::variable_list& gradients) {
    return {gradients[0].contiguous()};
  }
};

at::Tensor composed(const at::Tensor& x, Activation activation, const at::Tensor& residual) {
  at::Tensor y = at::instance_norm(x, {}, {}, {}, {}, /*use_input_stats=*/true, /*momentum=*/0.1, epsilon,
                                   /*cudnn_enabled=*/true);
  if (y.requires_grad() && !ReferenceGradientMode::enabled()) y = ContiguousGradient::apply(y);
  if (activation == Activation::relu) y = y.relu_();
  return residual.defined() ? y + residual : y;
}

cpu::InstanceNormShape shapeOf(const at::Tensor& x) {
  return {x.size(0), x.size(2) * x.size(3), x.size(1)};
}

cpu::Activation kernelActivation(Activation activation) {
  return activation == Activation::relu ? cpu::Activation::relu : cpu::Activation::none;
}

void onCpu(const InstanceNormArguments& norm) {
  const at::Tensor& x = norm.x;
  const cpu::InstanceNormShape shape = shapeOf(x);
  std::vector<double> workspace(static_cast<std::size_t>(cpu::instanceNormWorkspace(shape)));
  cpu::instanceNorm(x.const_data_ptr<float>(),
                    norm.residual.defined() ? norm.residual.const_data_ptr<float>() : nullptr,
                    norm.y.mutable_data_ptr<float>(), shape, static_cast<float>(norm.epsilon),
                    kernelActivation(norm.activation), workspace.data(), atenParallelFor);
}

// With autograd: saves x and its statistics, where ATen's operations save x, their results and more.
class FusedInstanceNorm : public torch::autograd::Function<FusedInstanceNorm> {
 public:
  using Context = torch::autograd::AutogradContext;

  static at::Tensor forward(Context* context, const at::Tensor& input,
                            const std::optional<at::Tensor>& residual, bool relu) {
    const at::Tensor x = input.contiguous(at::MemoryFormat::ChannelsLast);
    const at::Tensor added = residual ? residual->contiguous(at::MemoryFormat::ChannelsLast) : at::Tensor();
    const cpu::InstanceNormShape shape = shapeOf(x);
    const at::Tensor mean = at::empty({shape.batch, shape.channels}, at::kFloat);
    const at::Tensor inverse = at::empty_like(mean);
    const at::Tensor y = at::empty_like(x);
    std::vector<double> scratch(static_cast<std::size_t>(cpu::instanceNormScratch(shape)));
    const auto activation = relu ? cpu::Activation::relu : cpu::Activation::none;
    cpu::instanceNormStatistics(x.const_data_ptr<float>(), shape, static_cast<float>(epsilon),
                                mean.mutable_data_ptr<float>(), inverse.mutable_data_ptr<float>(),
                                scratch.data(), atenParallelFor);
    cpu::instanceNormApply(x.const_data_ptr<float>(),
                           added.defined() ? added.const_data_ptr<float>() : nullptr,
                           y.mutable_data_ptr<float>(), shape, mean.const_data_ptr<float>(),
                           inverse.const_data_ptr<float>(), activation, atenParallelFor);
    context->save_for_backward({x, mean, inverse});
    context->saved_data["relu"] = relu;
    context->saved_data["residual"] = residual.has_value();
    return y;
  }

  static torch::autograd::variable_list backward(Context* context,
                                                 const torch::autograd::variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor& x = saved[0];
    const at::Tensor dy = gradients[0].contiguous(at::MemoryFormat::ChannelsLast);
    const at::Tensor dx = at::empty_like(x);
    const cpu::InstanceNormShape shape = shapeOf(x);
    std::vector<double> scratch(static_cast<std::size_t>(cpu::instanceNormBackwardScratch(shape)));
    cpu::instanceNormBackward(
        x.const_data_ptr<float>(), dy.const_data_ptr<float>(), dx.mutable_data_ptr<float>(), shape,
        saved[1].const_data_ptr<float>(), saved[2].const_data_ptr<float>(),
        context->saved_data["relu"].toBool() ? cpu::Activation::relu : cpu::Activation::none, scratch.data(),
        atenParallelFor);
    return {dx, context->saved_data["residual"].toBool() ? dy : at::Tensor(), at::Tensor()};
  }
};

InstanceNormKernel cudaKernel = nullptr;  // set before the first network, by the module that opens CUDA

bool needsGradient(const at::Tensor& x, const at::Tensor& residual) {
  return at::GradMode::is_enabled() &&
         (x.requires_grad() || (residual.defined() && residual.requires_grad()));
}

// Our kernel for such tensors, without autograd; nullptr where ATen's operations are used.
InstanceNormKernel kernelFor(const at::Tensor& x) {
  if (x.is_cpu()) return x.scalar_type() == at::kFloat ? &onCpu : nullptr;
  return x.is_cuda() && (x.scalar_type() == at::kFloat || x.scalar_type() == at::kHalf) ? cudaKernel
                                                                                        : nullptr;
}

bool isSoleOwner(const at::Tensor& x) {
  return x.use_count() == 1 && x.storage().use_count() == 1;
}

at::Tensor fused(InstanceNormKernel kernel, at::Tensor x, Activation activation, const at::Tensor& residual) {
  x = std::move(x).contiguous(at::MemoryFormat::ChannelsLast);
  at::Tensor added;
  if (residual.defined()) added = residual.contiguous(at::MemoryFormat::ChannelsLast);
  at::Tensor y = isSoleOwner(x) ? x : at::empty_like(x);
  kernel({x, added, y, activation, epsilon});
  return y;
}

}  // namespace

void setCudaInstanceNorm(InstanceNormKernel kernel) {
  cudaKernel = kernel;
}

at::Tensor instanceNorm(at::Tensor x, Activation activation, const at::Tensor& residual) {
  if (x.is_cpu() && x.scalar_type() == at::kBFloat16)
    x = x.to(at::kFloat);  // autocast's: statistics are fp32
  if (!needsGradient(x, residual)) {
    if (const auto kernel = kernelFor(x)) return fused(kernel, std::move(x), activation, residual);
  } else if (x.is_cpu() && x.scalar_type() == at::kFloat && fusedOperationsEnabled()) {
    std::optional<at::Tensor> added;
    if (residual.defined()) added = residual.to(at::kFloat);
    return FusedInstanceNorm::apply(x, added, activation == Activation::relu);
  }
  return composed(x, activation, residual);
}

}  // namespace cut::nets
