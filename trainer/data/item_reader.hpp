// Reading an item of a domain, be it an image or a frame of a video.
#pragma once

#include "trainer/data/domain.hpp"
#include "trainer/data/picture.hpp"
#include "trainer/data/video.hpp"

namespace cut::trainer {

class ItemReader {
 public:
  // RGB. Any number of threads may read at once. Throws as readImage and VideoReader do.
  Picture read(const Item& item);

 private:
  VideoReader videos_;
};

}  // namespace cut::trainer
