// SPDX-License-Identifier: MIT
#include "trainer/methods/image_pool.hpp"

#include <ATen/ATen.h>

#include <utility>

#include "cuttranslate/error.hpp"
#include "nets/state_dict.hpp"

namespace cut::trainer {
namespace {

std::string keyOf(const std::string& prefix, std::int64_t index) {
  return prefix + "." + std::to_string(index);
}

}  // namespace

at::Tensor ImagePool::exchange(const at::Tensor& image, at::Generator& random) {
  if (size() < capacity_) {
    images_.push_back(image.clone(layout_));
    return images_.back();
  }
  if (at::rand({}, random).item<float>() < 0.5F) return image;
  const auto place = static_cast<std::size_t>(at::randint(capacity_, {}, random).item<std::int64_t>());
  return std::exchange(images_[place], image.clone(layout_));
}

at::Tensor ImagePool::query(const at::Tensor& images, at::Generator& random) {
  if (capacity_ == 0) return images.detach();
  std::vector<at::Tensor> answers;
  for (std::int64_t i = 0; i < images.size(0); ++i) {
    answers.push_back(exchange(images.slice(0, i, i + 1).detach(), random));
    if (answers.back().sizes() != answers.front().sizes())
      throw Error(ErrorKind::invalidArgument,
                  "--pool_size: the pool holds images of several sizes, which make no batch; expected a "
                  "--preprocess that crops, or --batch_size 1");
  }
  return answers.size() == 1 ? answers.front() : at::cat(answers);
}

void ImagePool::appendTo(StateDict& state, const std::string& prefix) const {
  for (std::int64_t i = 0; i < size(); ++i)
    state.emplace_back(keyOf(prefix, i), nets::fromTorch(images_[static_cast<std::size_t>(i)]));
}

void ImagePool::restore(const StateDict& state, const std::string& prefix, c10::Device device) {
  images_.clear();
  while (const Tensor* saved = find(state, keyOf(prefix, size()))) {
    if (size() == capacity_ || saved->shape.size() != 4 || saved->shape.front() != 1)
      throw Error(ErrorKind::wrongFile, prefix + " holds more images than --pool_size " +
                                            std::to_string(capacity_) + ", or others than (1, C, H, W)");
    images_.push_back(nets::toTorch(*saved).to(device).clone(layout_));
  }
}

}  // namespace cut::trainer
