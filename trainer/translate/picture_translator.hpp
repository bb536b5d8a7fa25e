// Pictures through a model, as the element `cuttranslate` puts frames through it.
#pragma once

#include <filesystem>
#include <memory>

#include "cuttranslate/engine.hpp"
#include "trainer/data/picture.hpp"

namespace cut::trainer {

class PictureTranslator {
 public:
  // Throws what SharedModel::open throws, and unsupported for a model of other channels than 1 or 3.
  PictureTranslator(const std::filesystem::path& model, const EngineOptions& options);

  // Any size from 1x1. RGB becomes luma (ITU-R 601-2) where the model takes one channel. The result is of the
  // same size, with the model's output channels. One thread at a time; a new size costs a warm-up.
  Picture operator()(const Picture& picture);

  const SharedModel& model() const noexcept { return *model_; }

 private:
  std::shared_ptr<SharedModel> model_;
  std::unique_ptr<Stream> stream_;
  Size size_;
};

}  // namespace cut::trainer
