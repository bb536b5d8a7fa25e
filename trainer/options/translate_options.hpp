// What `cut-trainer translate` was told: images, folders and videos through a model, without a data set's
// layout.
#pragma once

#include <filesystem>

#include "cuttranslate/engine.hpp"

namespace cut::trainer {

struct TranslateOptions {
  std::filesystem::path model;   // model.pt, or a .pth of the reference
  std::filesystem::path input;   // an image, a folder or a video
  std::filesystem::path output;  // the same kind as `input`; a folder is made if it is not there
  bool overwrite = false;        // otherwise what is there already is an error
  bool exifOrientation = false;  // images are turned as their EXIF data say
  EngineOptions engine;

  void validate() const;  // throws invalidArgument: what is missing
};

}  // namespace cut::trainer
