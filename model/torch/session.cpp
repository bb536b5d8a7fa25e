#include "torch/session.hpp"

#include <ATen/ATen.h>

#include "device/kept_blocks.hpp"
#include "torch/guard.hpp"

namespace cut::torch_engine {
namespace {

// The strides of the only image of a batch.
template <typename Float>
cpu::BasicFloatImage<Float> imageOf(const at::Tensor& tensor) {
  return {tensor.data_ptr<float>(), tensor.stride(1), tensor.stride(2), tensor.stride(3)};
}

}  // namespace

TorchSession::TorchSession(TorchNetwork& network, Size size)
    : network_(network), size_(size), padded_(cpu::paddedSize(size, network.spec().sizeMultiple())) {
  input_ = at::empty({1, network.spec().inputChannels, padded_.height, padded_.width},
                     at::TensorOptions(at::kFloat).memory_format(at::MemoryFormat::ChannelsLast));
}

TorchSession::~TorchSession() {
  device::releaseKeptBlocks();
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

Result<Done> TorchSession::translate(std::span<const float> in, std::span<float> out) noexcept {
  return guarded<Done>([&] {
    const GeneratorSpec& spec = network_.spec();
    cpu::padPlanes(in, spec.inputChannels, size_, imageOf<float>(input_), padded_);
    cpu::cropPlanes(imageOf<const float>(network_.run(input_)), spec.outputChannels, size_, out);
    return Done{};
  });
}

}  // namespace cut::torch_engine
