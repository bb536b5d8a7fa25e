#include "trainer/evaluate/image_set.hpp"

#include <algorithm>
#include <cmath>

#include "trainer/data/pillow_resample.hpp"

namespace cut::trainer {

void ImageSet::add(const Picture& view, FeatureNetwork* network) {
  patches.add(view);
  if (network != nullptr) network->append(view, features);
}

ImageSet ImageSet::subset(const std::vector<std::int64_t>& which) const {
  ImageSet part(0);
  part.patches = patches.subset(which);
  part.features.dimension = features.dimension;
  if (features.count == 0) return part;
  part.features.count = static_cast<std::int64_t>(which.size());
  for (const std::int64_t index : which)
    part.features.values.insert(part.features.values.end(), features.row(index),
                                features.row(index) + features.dimension);
  return part;
}

Picture squareView(const Picture& picture, int side) {
  const int shortSide = std::min(picture.width, picture.height);
  const auto scaled = [&](int length) {
    return std::max<std::int64_t>(side, std::llround(static_cast<double>(length) * side / shortSide));
  };
  const std::int64_t width = scaled(picture.width);
  const std::int64_t height = scaled(picture.height);
  const Picture small = resized(picture, width, height, Resampling::bicubic);
  return cropped(small, (small.width - side) / 2, (small.height - side) / 2, side, side);
}

}  // namespace cut::trainer
