// SPDX-License-Identifier: MIT
// Translates pictures by a model through libcuttranslate, as the element `cuttranslate` does with frames.
#pragma once

#include <filesystem>
#include <memory>

#include "cuttranslate/engine.hpp"
#include "trainer/data/picture.hpp"

namespace cut::trainer {

class PictureTranslator {
 public:
  // Throws as SharedModel::open does, and unsupported for a model with other than 1 or 3 channels.
  PictureTranslator(const std::filesystem::path& model, const EngineOptions& options);

  // Any size from 1x1; a change of size costs a warm-up. RGB is converted to luma (ITU-R 601-2) for a model
  // of one input channel. The result has the same size and the model's output channels. Not thread-safe.
  Picture operator()(const Picture& picture);

  const SharedModel& model() const noexcept { return *model_; }

 private:
  std::shared_ptr<SharedModel> model_;
  std::unique_ptr<Stream> stream_;
  Size size_;
};

}  // namespace cut::trainer
