#include "trainer/loop/images.hpp"

#include <ATen/ATen.h>

#include <algorithm>

namespace cut::trainer {

at::Tensor toTensor(const Planes& planes, c10::Device device) {
  // Only read through: the clone below is what lives on.
  auto* values = const_cast<float*>(planes.values.data());
  const at::Tensor view =
      at::from_blob(values, {planes.batch, planes.channels, planes.height, planes.width}, at::kFloat);
  return view.clone(at::MemoryFormat::ChannelsLast).to(device);
}

Picture toPicture(const at::Tensor& images) {
  at::Tensor image = images[0].detach().to(at::kCPU, at::kFloat);
  if (image.size(0) == 1) image = image.expand({3, -1, -1});
  const at::Tensor bytes =
      ((image.slice(0, 0, 3).clamp(-1, 1) + 1) * 127.5).round().to(at::kByte).permute({1, 2, 0}).contiguous();
  Picture picture(bytes.size(1), bytes.size(0), 3);
  std::copy_n(bytes.const_data_ptr<std::uint8_t>(), picture.pixels.size(), picture.pixels.begin());
  return picture;
}

}  // namespace cut::trainer
