// SPDX-License-Identifier: MIT
// libcuttranslate-cuda.so as nvcc made it, on whatever machine the tests run on.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "backends/cuda/cuda_instance_norm.hpp"

namespace cut::tests {
namespace {

struct Close {
  void operator()(void* library) const { dlclose(library); }
};
using Library = std::unique_ptr<void, Close>;

TEST(CudaLibrary, CudaLibraryLoadsAndReportsAMissingDriver) {
  const Library library(dlopen(CUT_CUDA_LIBRARY, RTLD_NOW | RTLD_LOCAL));
  ASSERT_TRUE(library) << dlerror();
  const auto workspace =
      reinterpret_cast<cuda::InstanceNormWorkspace>(dlsym(library.get(), "cut_cuda_instance_norm_workspace"));
  const auto run = reinterpret_cast<cuda::InstanceNormRun>(dlsym(library.get(), "cut_cuda_instance_norm"));
  ASSERT_TRUE(workspace && run);
  const cuda::InstanceNorm norm{.pixels = 64, .channels = 64};
  EXPECT_GT(workspace(norm), 64 * sizeof(float));
  if (const Library driver(dlopen("libcuda.so.1", RTLD_LAZY)); driver)
    GTEST_SKIP() << "this machine has a driver: nothing is missing";
  const char* error = run(norm, nullptr);
  ASSERT_NE(error, nullptr);
  EXPECT_NE(std::string(error).find("driver"), std::string::npos) << error;
}

}  // namespace
}  // namespace cut::tests
