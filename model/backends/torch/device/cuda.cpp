// SPDX-License-Identifier: MIT
#include "backends/torch/device/cuda.hpp"

#include <c10/core/CPUAllocator.h>
#include <dlfcn.h>

#include <filesystem>

#include "backends/torch/device/cuda_kernels.hpp"

namespace cut::device {
namespace {

namespace fs = std::filesystem;

fs::path folderOf(const void* function) {
  Dl_info info{};
  return dladdr(function, &info) && info.dli_fname ? fs::path(info.dli_fname).parent_path() : fs::path();
}

std::string open() {
  if (!dlopen("libcuda.so.1", RTLD_LAZY | RTLD_GLOBAL))
    return "no NVIDIA driver is installed (libcuda.so.1 was not found)";
  const fs::path torch = folderOf(reinterpret_cast<const void*>(&c10::GetCPUAllocator)) / "libtorch_cuda.so";
  if (!dlopen(torch.c_str(), RTLD_NOW | RTLD_GLOBAL | RTLD_NODELETE)) {
    const char* why = dlerror();
    return "LibTorch's CUDA part cannot be loaded: " + std::string(why ? why : torch.string()) +
           "; run pipelines/build.sh --cuda";
  }
  static const int marker = 0;
  const fs::path here = folderOf(&marker);
  useCudaKernels({here / "libcuttranslate-cuda.so", here.parent_path() / "cuda" / "libcuttranslate-cuda.so"});
  return {};
}

}  // namespace

const std::string& openCuda() {
  static const auto& reason = *new std::string(open());
  return reason;
}

}  // namespace cut::device
