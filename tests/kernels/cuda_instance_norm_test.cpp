// SPDX-License-Identifier: MIT
// The CUDA kernels on the shim: the same source that nvcc compiles, so it is checked where no GPU is.
#include <cuda_fp16.h>
#include <cuda_runtime.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <limits>
#include <string>
#include <type_traits>

#include "backends/cuda/cuda_instance_norm.hpp"
#include "instance_norm_reference.hpp"
#include "kernels/norm/instance_norm.hpp"

namespace cut::tests {
namespace {

using cuda::Activation;
using cuda::Element;

std::vector<__half> halves(const std::vector<float>& x) {
  std::vector<__half> result(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) result[i] = __float2half_rn(x[i]);
  return result;
}

std::vector<float> floats(const std::vector<__half>& x) {
  std::vector<float> result(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) result[i] = __half2float(x[i]);
  return result;
}

// With guards on both sides of the workspace, and NaN in it: nothing may be read before it is written.
template <typename T>
std::vector<T> run(const std::vector<T>& x, const std::type_identity_t<std::vector<T>>* residual,
                   const NormCase& shape, Activation activation) {
  std::vector<T> y(x.size());
  cuda::InstanceNorm norm{.x = x.data(),
                          .residual = residual ? residual->data() : nullptr,
                          .y = y.data(),
                          .batch = shape.batch,
                          .pixels = shape.pixels,
                          .channels = shape.channels,
                          .eps = static_cast<float>(normEpsilon),
                          .element = sizeof(T) == 2 ? Element::fp16 : Element::fp32,
                          .activation = activation};
  const std::size_t floatsNeeded = cut_cuda_instance_norm_workspace(norm) / sizeof(float);
  constexpr std::size_t guard = 16;
  std::vector<float> workspace(floatsNeeded + 2 * guard, std::numeric_limits<float>::quiet_NaN());
  norm.workspace = workspace.data() + guard;
  const char* error = cut_cuda_instance_norm(norm, nullptr);
  EXPECT_EQ(error, nullptr) << error;
  for (std::size_t i = 0; i < guard; ++i) {
    EXPECT_TRUE(std::isnan(workspace[i]));
    EXPECT_TRUE(std::isnan(workspace[guard + floatsNeeded + i]));
  }
  return y;
}

class CudaInstanceNorm : public testing::TestWithParam<cuda_shim::Order> {
 protected:
  void SetUp() override { cuda_shim::setOrder(GetParam()); }
};

INSTANTIATE_TEST_SUITE_P(ThreadOrder, CudaInstanceNorm,
                         testing::Values(cuda_shim::Order::ascending, cuda_shim::Order::descending),
                         [](const auto& order) {
                           return order.param == cuda_shim::Order::ascending ? "Ascending" : "Descending";
                         });

std::string text(const NormCase& shape) {
  return "batch " + std::to_string(shape.batch) + ", " + std::to_string(shape.pixels) + " pixels, " +
         std::to_string(shape.channels) + " channels";
}

TEST_P(CudaInstanceNorm, CudaNormEqualsTheCpuKernelInFp32) {
  for (const NormCase& shape : oddShapes()) {
    SCOPED_TRACE(text(shape));
    const auto x = normInput(shape), residual = normInput(shape, 2);
    const cpu::InstanceNormShape cpuShape{shape.batch, shape.pixels, shape.channels};
    std::vector<float> expected(x.size());
    std::vector<double> workspace(static_cast<std::size_t>(cpu::instanceNormWorkspace(cpuShape)));
    cpu::instanceNorm(x.data(), residual.data(), expected.data(), cpuShape, static_cast<float>(normEpsilon),
                      cpu::Activation::none, workspace.data(), cpu::serialFor);
    const std::vector<double> reference(expected.begin(), expected.end());
    EXPECT_LT(largestDifference(run(x, &residual, shape, Activation::none), reference), 1e-5);
  }
}

TEST_P(CudaInstanceNorm, CudaReluIsAppliedBeforeTheResidual) {
  for (const NormCase shape : {NormCase{2, 50, 70}, NormCase{1, 40, 64}, NormCase{1, 3, 5}}) {
    SCOPED_TRACE(text(shape));
    const auto x = normInput(shape), residual = normInput(shape, 2);
    EXPECT_LT(
        largestDifference(run(x, nullptr, shape, Activation::relu), referenceNorm(x, nullptr, shape, true)),
        1e-5);
    EXPECT_LT(largestDifference(run(x, &residual, shape, Activation::none),
                                referenceNorm(x, &residual, shape, false)),
              1e-5);
    EXPECT_LT(largestDifference(run(x, &residual, shape, Activation::relu),
                                referenceNorm(x, &residual, shape, true)),
              1e-5);
  }
}

TEST_P(CudaInstanceNorm, CudaNanPassesTheRelu) {
  const NormCase shape{1, 9, 19};
  auto x = normInput(shape);
  x[3] = std::numeric_limits<float>::quiet_NaN();
  const auto y = run(x, nullptr, shape, Activation::relu);
  for (std::size_t i = 0; i < y.size(); ++i) EXPECT_EQ(std::isnan(y[i]), i % 19 == 3) << i;
}

TEST_P(CudaInstanceNorm, CudaFp16IsRoundedOnlyAtInputAndOutput) {
  for (const NormCase shape :
       {NormCase{2, 300, 64}, NormCase{1, 77, 256}, NormCase{1, 50, 19}, NormCase{1, 1, 8}}) {
    SCOPED_TRACE(text(shape));
    const auto x = halves(normInput(shape)), residual = halves(normInput(shape, 2));
    const auto expected = referenceNorm(floats(x), nullptr, shape, true);
    const auto y = floats(run(x, nullptr, shape, Activation::relu));
    for (std::size_t i = 0; i < y.size(); ++i) ASSERT_NEAR(y[i], expected[i], 1e-6 + expected[i] / 2047) << i;
    const auto sum = referenceNorm(floats(x), nullptr, shape, false);
    const auto added = floats(run(x, &residual, shape, Activation::none));
    for (std::size_t i = 0; i < y.size(); ++i) {
      const double exact = sum[i] + static_cast<double>(__half2float(residual[i]));
      ASSERT_NEAR(added[i], exact, 1e-5 + std::abs(exact) / 2047) << i;
    }
  }
}

TEST_P(CudaInstanceNorm, CudaPrecisionIsKeptWithALargeMean) {
  const NormCase shape{1, 64 * 64, 24, 1000, 1};
  const auto x = normInput(shape);
  EXPECT_LT(
      largestDifference(run(x, nullptr, shape, Activation::none), referenceNorm(x, nullptr, shape, false)),
      1e-4);
}

TEST_P(CudaInstanceNorm, CudaPrecisionIsKeptWithOutliersInTheFirstPixels) {
  const NormCase shape{1, 5000, 16};
  auto x = normInput(shape);
  for (std::size_t i = 0; i < 16; ++i) x[i] += 1e4F;
  EXPECT_LT(
      largestDifference(run(x, nullptr, shape, Activation::none), referenceNorm(x, nullptr, shape, false)),
      1e-3);  // of values up to 70
}

TEST_P(CudaInstanceNorm, CudaUnalignedPointersAreSupported) {
  const NormCase shape{1, 90, 32};
  const auto x = normInput(shape);
  std::vector<float> shifted(x.size() + 1), y(x.size() + 1);
  std::copy(x.begin(), x.end(), shifted.begin() + 1);
  cuda::InstanceNorm norm{
      .x = shifted.data() + 1, .y = y.data() + 1, .pixels = shape.pixels, .channels = shape.channels};
  std::vector<float> workspace(cut_cuda_instance_norm_workspace(norm) / sizeof(float));
  norm.workspace = workspace.data();
  ASSERT_EQ(cut_cuda_instance_norm(norm, nullptr), nullptr);
  y.erase(y.begin());
  EXPECT_LT(largestDifference(y, referenceNorm(x, nullptr, shape, false)), 1e-5);
}

TEST_P(CudaInstanceNorm, CudaOutputMayBeInputOrResidual) {
  const NormCase shape{2, 77, 36};
  const auto x = normInput(shape), residual = normInput(shape, 2);
  const auto expected = run(x, &residual, shape, Activation::none);
  auto y = x;
  cuda::InstanceNorm norm{.x = y.data(),
                          .residual = residual.data(),
                          .y = y.data(),
                          .batch = shape.batch,
                          .pixels = shape.pixels,
                          .channels = shape.channels};
  std::vector<float> workspace(cut_cuda_instance_norm_workspace(norm) / sizeof(float));
  norm.workspace = workspace.data();
  ASSERT_EQ(cut_cuda_instance_norm(norm, nullptr), nullptr);
  EXPECT_EQ(y, expected);
  y = residual;
  norm.x = x.data();
  norm.residual = norm.y = y.data();
  ASSERT_EQ(cut_cuda_instance_norm(norm, nullptr), nullptr);
  EXPECT_EQ(y, expected);
}

TEST(CudaInstanceNormArguments, CudaNormRefusesAnEmptyShape) {
  const char* error = cut_cuda_instance_norm({}, nullptr);
  ASSERT_NE(error, nullptr);
  EXPECT_NE(std::string(error).find("at least one pixel"), std::string::npos) << error;
}

TEST(CudaShim, ShimHalfRoundsToNearestEven) {
  for (unsigned bits = 0; bits < 0x7C00; ++bits) {
    const __half half{static_cast<std::uint16_t>(bits)}, next{static_cast<std::uint16_t>(bits + 1)};
    ASSERT_EQ(__float2half_rn(__half2float(half)).bits, bits);
    if (bits + 1 == 0x7C00) break;
    const float middle = (__half2float(half) + __half2float(next)) / 2;
    ASSERT_EQ(__float2half_rn(middle).bits, bits % 2 ? bits + 1 : bits);
    ASSERT_EQ(__float2half_rn(std::nextafter(middle, 1e9F)).bits, bits + 1);
    ASSERT_EQ(__float2half_rn(-std::nextafter(middle, 0.0F)).bits, bits | 0x8000);
  }
  EXPECT_EQ(__float2half_rn(65520).bits, 0x7C00);
  EXPECT_EQ(__float2half_rn(65519).bits, 0x7BFF);
}

// Each thread reads what its neighbour wrote before a barrier, over and over.
void rotate(int* values, int rounds) {
  static int shared[96];
  const unsigned i = threadIdx.x;
  shared[i] = values[i];
  for (int round = 0; round < rounds; ++round) {
    __syncthreads();
    const int value = shared[(i + 1) % blockDim.x];
    __syncthreads();
    shared[i] = value;
  }
  values[i] = shared[i];
}

TEST(CudaShim, ShimBarriersSynchroniseThreads) {
  for (const auto order : {cuda_shim::Order::ascending, cuda_shim::Order::descending}) {
    cuda_shim::setOrder(order);
    std::vector<int> values(96);
    for (int i = 0; i < 96; ++i) values[static_cast<std::size_t>(i)] = i;
    const cudaLaunchConfig_t config{.gridDim = {1, 1, 1}, .blockDim = {96, 1, 1}};
    ASSERT_EQ(cudaLaunchKernelEx(&config, rotate, values.data(), 10), cudaSuccess);
    for (int i = 0; i < 96; ++i) EXPECT_EQ(values[static_cast<std::size_t>(i)], (i + 10) % 96);
  }
}

TEST(CudaShimDeathTest, ShimFailsOnAMissedBarrier) {
  const cudaLaunchConfig_t config{.gridDim = {1, 1, 1}, .blockDim = {4, 1, 1}};
  EXPECT_DEATH(cuda_shim::runGrid(config.gridDim, config.blockDim,
                                  [] {
                                    if (threadIdx.x != 2) __syncthreads();
                                  }),
               "3 of a block's 4 threads came");
}

}  // namespace
}  // namespace cut::tests
