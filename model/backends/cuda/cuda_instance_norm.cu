// SPDX-License-Identifier: MIT
// Three kernels: moments of slices of the image, their merger, and the normalisation itself. All are bound by
// memory; x is read twice, since a frame's activations do not fit into registers.
#include "backends/cuda/cuda_instance_norm.hpp"

#include <cuda_fp16.h>
#include <cuda_runtime.h>

#include <algorithm>

namespace cut::cuda {
namespace {

constexpr int blockThreads = 256;
constexpr int widestTile = 32;            // threads side by side on channels
constexpr std::int64_t slicePixels = 32;  // at least, so that small layers still fill a card
constexpr std::int64_t mostSlices = 512;  // enough for any card, few enough to merge in no time
constexpr int vectorBytes = 16;           // the widest load

// Count, mean and squared differences of values, with the mean as a distance to one of the values: in fp32
// that keeps values far from zero exact.
struct Moments {
  float count;
  float base;
  float offset;
  float m2;
};

// What one channel is normalised with: ((x - base) - offset) * inverse.
struct Scale {
  float base;
  float offset;
  float inverse;
};

template <typename T, int width>
struct alignas(sizeof(T) * width) Pack {
  T values[width];
};

struct Shape {
  std::int64_t pixels;
  std::int64_t channels;
  std::int64_t slices;
};

__device__ inline float toFloat(float value) {
  return value;
}
__device__ inline float toFloat(__half value) {
  return __half2float(value);
}
__device__ inline void store(float value, float& to) {
  to = value;
}
__device__ inline void store(float value, __half& to) {
  to = __float2half_rn(value);
}

// Welford's update.
__device__ inline void add(Moments& moments, float value, float inverseCount) {
  const float distance = value - moments.base;
  const float delta = distance - moments.offset;
  moments.offset += delta * inverseCount;
  moments.m2 += delta * (distance - moments.offset);
}

// Chan, Golub and LeVeque 1983.
__device__ inline Moments merged(const Moments& a, const Moments& b) {
  if (b.count == 0) return a;
  if (a.count == 0) return b;
  const float count = a.count + b.count;
  const float delta = (b.base - a.base) + (b.offset - a.offset);
  return {count, a.base, a.offset + delta * (b.count / count),
          a.m2 + b.m2 + delta * delta * (a.count * b.count / count)};
}

// Merges the moments of a block's rows, `width` channels a thread; row 0 ends up with the sum. The order is
// fixed, so results are too.
template <int width>
__device__ inline void mergeRows(Moments (&moments)[width]) {
  __shared__ Moments shared[blockThreads][width];
  const int thread = static_cast<int>(threadIdx.y * blockDim.x + threadIdx.x);
  for (int i = 0; i < width; ++i) shared[thread][i] = moments[i];
  for (int rows = static_cast<int>(blockDim.y) / 2; rows > 0; rows /= 2) {
    __syncthreads();
    if (static_cast<int>(threadIdx.y) < rows) {
      const int other = thread + rows * static_cast<int>(blockDim.x);
      for (int i = 0; i < width; ++i) {
        moments[i] = merged(moments[i], shared[other][i]);
        shared[thread][i] = moments[i];
      }
    }
  }
}

// A block takes one slice of one image: blockDim.y pixels at a time, blockDim.x * width channels wide.
template <typename T, int width>
__global__ void sliceMoments(const T* x, Moments* partial, Shape shape) {
  const std::int64_t channel = (static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x) * width;
  const std::int64_t image = blockIdx.z, slice = blockIdx.y;
  const std::int64_t begin = shape.pixels * slice / shape.slices,
                     end = shape.pixels * (slice + 1) / shape.slices;
  const bool inside = channel < shape.channels;
  Moments moments[width] = {};
  if (inside) {
    const T* column = x + image * shape.pixels * shape.channels + channel;
    float count = 0;
#pragma unroll 4
    for (std::int64_t pixel = begin + threadIdx.y; pixel < end; pixel += blockDim.y) {
      const auto pack = *reinterpret_cast<const Pack<T, width>*>(column + pixel * shape.channels);
      count += 1;
      const float inverseCount = 1 / count;
      for (int i = 0; i < width; ++i) {
        const float value = toFloat(pack.values[i]);
        if (count == 1) moments[i].base = value;
        add(moments[i], value, inverseCount);
      }
    }
    for (int i = 0; i < width; ++i) moments[i].count = count;
  }
  mergeRows(moments);
  if (inside && threadIdx.y == 0)
    for (int i = 0; i < width; ++i)
      partial[(image * shape.slices + slice) * shape.channels + channel + i] = moments[i];
}

// A block takes blockDim.x channels of one image, and its rows share the slices.
__global__ void mergeSlices(const Moments* partial, Scale* scales, Shape shape, float eps) {
  const std::int64_t channel = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  const std::int64_t image = blockIdx.y;
  const bool inside = channel < shape.channels;
  Moments moments[1] = {};
  if (inside)
    for (std::int64_t slice = threadIdx.y; slice < shape.slices; slice += blockDim.y)
      moments[0] = merged(moments[0], partial[(image * shape.slices + slice) * shape.channels + channel]);
  mergeRows(moments);
  if (inside && threadIdx.y == 0)
    scales[image * shape.channels + channel] = {moments[0].base, moments[0].offset,
                                                1 / sqrtf(moments[0].m2 / moments[0].count + eps)};
}

template <typename T, int width>
__global__ void normalise(const T* x, const T* residual, T* y, const Scale* scales, Shape shape, bool relu) {
  const std::int64_t channel = (static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x) * width;
  if (channel >= shape.channels) return;
  const std::int64_t image = blockIdx.z;
  Scale scale[width];
  for (int i = 0; i < width; ++i) scale[i] = scales[image * shape.channels + channel + i];
  const std::int64_t step = static_cast<std::int64_t>(gridDim.y) * blockDim.y;
  for (std::int64_t pixel = static_cast<std::int64_t>(blockIdx.y) * blockDim.y + threadIdx.y;
       pixel < shape.pixels; pixel += step) {
    const std::int64_t at = (image * shape.pixels + pixel) * shape.channels + channel;
    auto pack = *reinterpret_cast<const Pack<T, width>*>(x + at);
    Pack<T, width> added = {};
    if (residual) added = *reinterpret_cast<const Pack<T, width>*>(residual + at);
    for (int i = 0; i < width; ++i) {
      float value = ((toFloat(pack.values[i]) - scale[i].base) - scale[i].offset) * scale[i].inverse;
      if (relu && value < 0) value = 0;  // fmaxf would hide NaN
      if (residual) value += toFloat(added.values[i]);
      store(value, pack.values[i]);
    }
    *reinterpret_cast<Pack<T, width>*>(y + at) = pack;
  }
}

std::int64_t ceilDiv(std::int64_t a, std::int64_t b) {
  return (a + b - 1) / b;
}

std::int64_t slicesOf(const InstanceNorm& norm) {
  return std::clamp<std::int64_t>(ceilDiv(norm.pixels, slicePixels), 1, mostSlices);
}

// The narrowest power of two that covers the channels: what is left of the block goes to pixels.
dim3 blockFor(std::int64_t columns) {
  unsigned width = 1;
  while (width < widestTile && width < columns) width *= 2;
  return {width, blockThreads / width};
}

template <typename Kernel, typename... Args>
cudaError_t launch(Kernel kernel, dim3 grid, dim3 block, cudaStream_t stream, Args... args) {
  cudaLaunchConfig_t config = {};
  config.gridDim = grid;
  config.blockDim = block;
  config.stream = stream;
  return cudaLaunchKernelEx(&config, kernel, args...);
}

template <typename T, int width>
cudaError_t run(const InstanceNorm& norm, cudaStream_t stream) {
  const Shape shape{norm.pixels, norm.channels, slicesOf(norm)};
  auto* partial = static_cast<Moments*>(norm.workspace);
  auto* scales = reinterpret_cast<Scale*>(partial + norm.batch * shape.slices * norm.channels);
  const auto* x = static_cast<const T*>(norm.x);
  const auto batch = static_cast<unsigned>(norm.batch);

  const dim3 block = blockFor(norm.channels / width);
  const auto tiles = static_cast<unsigned>(ceilDiv(norm.channels / width, block.x));
  const auto slices = static_cast<unsigned>(shape.slices);
  cudaError_t error =
      launch(sliceMoments<T, width>, {tiles, slices, batch}, block, stream, x, partial, shape);
  if (error != cudaSuccess) return error;

  const dim3 mergeBlock = blockFor(norm.channels);
  const auto mergeTiles = static_cast<unsigned>(ceilDiv(norm.channels, mergeBlock.x));
  error = launch(mergeSlices, {mergeTiles, batch}, mergeBlock, stream, static_cast<const Moments*>(partial),
                 scales, shape, norm.eps);
  if (error != cudaSuccess) return error;

  return launch(normalise<T, width>, {tiles, slices, batch}, block, stream, x,
                static_cast<const T*>(norm.residual), static_cast<T*>(norm.y),
                static_cast<const Scale*>(scales), shape, norm.activation == Activation::relu);
}

bool alignedToVectors(const InstanceNorm& norm) {
  const auto bits = reinterpret_cast<std::uintptr_t>(norm.x) |
                    reinterpret_cast<std::uintptr_t>(norm.residual) |
                    reinterpret_cast<std::uintptr_t>(norm.y);
  return bits % vectorBytes == 0;
}

template <typename T>
cudaError_t runVectorised(const InstanceNorm& norm, cudaStream_t stream) {
  constexpr int width = vectorBytes / sizeof(T);
  const bool vectors = norm.channels % width == 0 && alignedToVectors(norm);
  return vectors ? run<T, width>(norm, stream) : run<T, 1>(norm, stream);
}

}  // namespace
}  // namespace cut::cuda

extern "C" std::size_t cut_cuda_instance_norm_workspace(const cut::cuda::InstanceNorm& norm) noexcept {
  using namespace cut::cuda;
  const auto channels = static_cast<std::size_t>(norm.batch * norm.channels);
  return channels * (static_cast<std::size_t>(slicesOf(norm)) * sizeof(Moments) + sizeof(Scale));
}

extern "C" const char* cut_cuda_instance_norm(const cut::cuda::InstanceNorm& norm, void* stream) noexcept {
  using namespace cut::cuda;
  if (norm.batch < 1 || norm.batch > 65535 || norm.pixels < 1 || norm.channels < 1)
    return "instance norm: expected a batch of 1 to 65535 and at least one pixel and channel";
  const auto queue = static_cast<cudaStream_t>(stream);
  const cudaError_t error =
      norm.element == Element::fp16 ? runVectorised<__half>(norm, queue) : runVectorised<float>(norm, queue);
  return error == cudaSuccess ? nullptr : cudaGetErrorString(error);
}
