// SPDX-License-Identifier: MIT
#include "backends/torch/device/cuda_kernels.hpp"

#include <ATen/ATen.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <dlfcn.h>

#include "backends/cuda/cuda_instance_norm.hpp"
#include "nets/fused_instance_norm.hpp"

namespace cut::device {
namespace {

cuda::InstanceNormWorkspace workspaceOf = nullptr;
cuda::InstanceNormRun run = nullptr;

void instanceNorm(const nets::InstanceNormArguments& norm) {
  const at::Tensor& x = norm.x;
  cuda::InstanceNorm arguments;
  arguments.x = x.const_data_ptr();
  arguments.residual = norm.residual.defined() ? norm.residual.const_data_ptr() : nullptr;
  arguments.y = norm.y.mutable_data_ptr();
  arguments.batch = x.size(0);
  arguments.pixels = x.size(2) * x.size(3);
  arguments.channels = x.size(1);
  arguments.eps = static_cast<float>(norm.epsilon);
  arguments.element = x.scalar_type() == at::kHalf ? cuda::Element::fp16 : cuda::Element::fp32;
  arguments.activation =
      norm.activation == nets::Activation::relu ? cuda::Activation::relu : cuda::Activation::none;
  // Freed on return, but LibTorch's allocator hands it out on this stream only, so behind the kernel.
  const at::Tensor workspace =
      at::empty({static_cast<std::int64_t>(workspaceOf(arguments))}, x.options().dtype(at::kByte));
  arguments.workspace = workspace.mutable_data_ptr();
  const c10::impl::VirtualGuardImpl guard(c10::DeviceType::CUDA);
  const char* wrong = run(arguments, guard.getStream(x.device()).native_handle());
  TORCH_CHECK(!wrong, "instance norm on ", x.device(), ": ", wrong);
}

}  // namespace

void useCudaKernels(const std::vector<std::filesystem::path>& candidates) {
  for (const auto& path : candidates) {
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!library) continue;
    workspaceOf =
        reinterpret_cast<cuda::InstanceNormWorkspace>(dlsym(library, "cut_cuda_instance_norm_workspace"));
    run = reinterpret_cast<cuda::InstanceNormRun>(dlsym(library, "cut_cuda_instance_norm"));
    if (workspaceOf && run) nets::setCudaInstanceNorm(&instanceNorm);
    return;
  }
}

}  // namespace cut::device
