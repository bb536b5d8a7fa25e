// SPDX-License-Identifier: MIT
// A generator, and the heads of its training, from their files.
#pragma once

#include <c10/core/Device.h>

#include <memory>

#include "trainer/methods/encoder_view.hpp"
#include "trainer/options/similarity_options.hpp"

namespace cut::trainer {

class ViewFile {
 public:
  // Reads --model and --netF, in evaluation mode on the device. Throws as similarity() does.
  ViewFile(const SimilarityOptions& options, c10::Device device);

  const EncoderView& get() const noexcept { return view_; }

 private:
  std::shared_ptr<nets::Generator> generator_;
  std::shared_ptr<nets::PatchSampler> heads_;
  EncoderView view_;
};

}  // namespace cut::trainer
