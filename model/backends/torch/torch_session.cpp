// SPDX-License-Identifier: MIT
#include "backends/torch/torch_session.hpp"

#include <ATen/ATen.h>
#include <unistd.h>

#include <string>

#include "backends/torch/device/caching_allocator.hpp"
#include "backends/torch/torch_guard.hpp"
#include "kernels/image/yuv_conversion.hpp"
#include "nets/aten_kernels.hpp"

namespace cut::torch_engine {
namespace {

// The image of a batch of one.
template <typename Float>
cpu::BasicFloatImage<Float> imageOf(const at::Tensor& tensor) {
  return {tensor.data_ptr<float>(), tensor.stride(1), tensor.stride(2), tensor.stride(3)};
}

// A lower bound: input, output and the first feature map, which has half the sides in a U-Net. Without this
// check, frames far too large would fill the memory for minutes before LibTorch refused them.
void requireMemory(const GeneratorSpec& spec, Size padded) {
  const std::int64_t first = spec.architecture.starts_with("resnet") ? spec.ngf : spec.ngf / 4;
  const std::int64_t channels = spec.inputChannels + spec.outputChannels + first;
  const std::int64_t bytes = 4 * channels * padded.width * padded.height;
  const std::int64_t machine = std::int64_t{sysconf(_SC_PHYS_PAGES)} * sysconf(_SC_PAGESIZE);
  if (bytes > machine)
    throw Error(ErrorKind::outOfMemory,
                "frames of " + std::to_string(padded.width) + "x" + std::to_string(padded.height) +
                    " pixels need more than " + std::to_string(bytes >> 30) +
                    " GiB in this network; this machine has " + std::to_string(machine >> 30) +
                    ". Scale them down, or use engine=cpu");
}

}  // namespace

TorchSession::TorchSession(TorchNetwork& network, Size size)
    : network_(network), size_(size), padded_(cpu::paddedSize(size, network.spec().sizeMultiple())) {
  if (network.active().device == "cpu") requireMemory(network.spec(), padded_);
  input_ = at::empty({1, network.spec().inputChannels, padded_.height, padded_.width},
                     at::TensorOptions(at::kFloat).memory_format(at::MemoryFormat::ChannelsLast));
}

TorchSession::~TorchSession() {
  device::emptyAllocatorCache();
}

Result<Done> TorchSession::warmUp() noexcept {
  return guarded<Done>([&] {
    input_.zero_();
    network_.run(input_);
    return Done{};
  });
}

Result<Translated> TorchSession::translate(const ImageView& in, const MutableImageView& out) noexcept {
  return guarded<Translated>([&] {
    cpu::unpack(in, imageOf<float>(input_), padded_);
    const at::Tensor output = network_.run(input_);
    cpu::pack(imageOf<const float>(output), in, out);
    return Translated{cpu::holdsNumbers(imageOf<const float>(output), out.layout.channels, size_)};
  });
}

Result<Translated> TorchSession::translate(const YuvView& in, const MutableYuvView& out) noexcept {
  return guarded<Translated>([&] {
    cpu::unpack(in, imageOf<float>(input_), padded_, nets::atenParallelFor);
    const at::Tensor output = network_.run(input_);
    return Translated{cpu::pack(imageOf<const float>(output), in, out, nets::atenParallelFor)};
  });
}

Result<Done> TorchSession::translate(std::span<const float> in, std::span<float> out) noexcept {
  return guarded<Done>([&] {
    const GeneratorSpec& spec = network_.spec();
    cpu::padPlanes(in, spec.inputChannels, size_, imageOf<float>(input_), padded_);
    cpu::cropPlanes(imageOf<const float>(network_.run(input_)), spec.outputChannels, size_, out);
    return Done{};
  });
}

}  // namespace cut::torch_engine
