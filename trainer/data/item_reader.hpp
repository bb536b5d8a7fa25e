// Reading an item of a domain, be it an image or a frame of a video.
#pragma once

#include "trainer/data/domain.hpp"
#include "trainer/data/image_file.hpp"
#include "trainer/data/picture.hpp"
#include "trainer/data/video.hpp"

namespace cut::trainer {

class ItemReader {
 public:
  explicit ItemReader(ExifOrientation orientation = ExifOrientation::ignored) : orientation_(orientation) {}

  // RGB. Any number of threads may read at once. Throws as readImage and VideoReader do.
  Picture read(const Item& item);

 private:
  ExifOrientation orientation_;  // of images; what a video says of its frames always counts
  VideoReader videos_;
};

}  // namespace cut::trainer
