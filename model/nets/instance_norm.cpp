#include "nets/instance_norm.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <utility>
#include <vector>

#include "cpu/kernels/instance_norm.hpp"

namespace cut::nets {
namespace {

constexpr double epsilon = 1e-5;

at::Tensor composed(const at::Tensor& x, Activation activation, const at::Tensor& residual) {
  at::Tensor y = at::instance_norm(x, {}, {}, {}, {}, /*use_input_stats=*/true, /*momentum=*/0.1, epsilon,
                                   /*cudnn_enabled=*/true);
  if (activation == Activation::relu) y = y.relu_();
  return residual.defined() ? y + residual : y;
}

void onCpu(const InstanceNormArguments& norm) {
  const at::Tensor& x = norm.x;
  const cpu::InstanceNormShape shape{x.size(0), x.size(2) * x.size(3), x.size(1)};
  std::vector<double> workspace(static_cast<std::size_t>(cpu::instanceNormWorkspace(shape)));
  cpu::instanceNorm(
      x.const_data_ptr<float>(), norm.residual.defined() ? norm.residual.const_data_ptr<float>() : nullptr,
      norm.y.mutable_data_ptr<float>(), shape, static_cast<float>(norm.epsilon),
      norm.activation == Activation::relu ? cpu::Activation::relu : cpu::Activation::none, workspace.data(),
      [](std::int64_t count, cpu::RangeTask task) { at::parallel_for(0, count, 1, task); });
}

InstanceNormKernel cudaKernel = nullptr;  // set before the first network, by the module that opened CUDA

// Our kernel for such tensors; nullptr where ATen's operations serve.
InstanceNormKernel kernelFor(const at::Tensor& x, const at::Tensor& residual) {
  const bool recorded =
      at::GradMode::is_enabled() && (x.requires_grad() || (residual.defined() && residual.requires_grad()));
  if (recorded) return nullptr;
  if (x.is_cpu()) return x.scalar_type() == at::kFloat ? &onCpu : nullptr;
  return x.is_cuda() && (x.scalar_type() == at::kFloat || x.scalar_type() == at::kHalf) ? cudaKernel
                                                                                        : nullptr;
}

bool isOurs(const at::Tensor& x) {
  return x.use_count() == 1 && x.storage().use_count() == 1;
}

at::Tensor fused(InstanceNormKernel kernel, at::Tensor x, Activation activation, const at::Tensor& residual) {
  x = std::move(x).contiguous(at::MemoryFormat::ChannelsLast);
  at::Tensor added;
  if (residual.defined()) added = residual.contiguous(at::MemoryFormat::ChannelsLast);
  at::Tensor y = isOurs(x) ? x : at::empty_like(x);
  kernel({x, added, y, activation, epsilon});
  return y;
}

}  // namespace

void setCudaInstanceNorm(InstanceNormKernel kernel) {
  cudaKernel = kernel;
}

at::Tensor instanceNorm(at::Tensor x, Activation activation, const at::Tensor& residual) {
  if (const auto kernel = kernelFor(x, residual)) return fused(kernel, std::move(x), activation, residual);
  return composed(x, activation, residual);
}

}  // namespace cut::nets
