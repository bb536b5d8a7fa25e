// SPDX-License-Identifier: MIT
// Resizing, cropping and flipping before an image enters the networks: the reference's --preprocess.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "trainer/data/picture.hpp"
#include "trainer/data/pillow_resample.hpp"
#include "trainer/data/random.hpp"

namespace cut::trainer {

// The steps of --preprocess, joined with _and_. They are applied in this order, whatever order is written:
//   fixsize          to load_size x load_height, in every epoch
//   resize           to load_size x load_height
//   scale_width      to a width of load_size (with crop: larger where the crop needs it), aspect ratio kept
//   scale_shortside  to a short side of load_size, aspect ratio kept
//   zoom             each side by a random factor in [1 / random_scale_max, 1), to crop_size at least
//   crop             a random crop_size x crop_size; a smaller image is an error
//   patch            a random tile of a grid of crop_size x crop_size tiles with a random offset
//   trim             each side cut to at most crop_size, at a random place
//   none             nothing
// After them both sides are rounded to a multiple of 4 (halves to the even multiple, at least 4), and half of
// the images are flipped horizontally. In epochs of decaying learning rate crop_size replaces load_size, so
// that the random crop covers the whole image.
struct PreprocessMode {
  enum class Scale { none, resize, width, shortSide };

  Scale scale = Scale::none;
  bool fixSize = false;
  bool zoom = false;
  bool crop = false;
  bool patch = false;
  bool trim = false;

  PreprocessMode() = default;
  // Parses the steps. Throws invalidArgument with the allowed ones.
  PreprocessMode(const std::string& words);
  PreprocessMode(const char* words) : PreprocessMode(std::string(words)) {}

  std::string text() const;  // the steps, in the order of their application
  bool operator==(const PreprocessMode&) const = default;
};

// Named as the reference's options.
struct PreprocessOptions {
  PreprocessMode mode = "resize_and_crop";
  int loadSize = 286;
  int loadHeight = 0;  // 0: load_size
  int cropSize = 256;
  bool flip = true;              // --no_flip switches it off
  double randomScaleMax = 1.25;  // the reference's factors for unaligned images; 3 for its single images
  Resampling resampling = Resampling::bicubic;
  // Reproduces where the reference changes the aspect ratio: scale_width makes images at least crop_size high
  // without widening them (square, while the learning rate decays), and scale_shortside does not downscale.
  bool referenceQuirks = false;
};

enum class Phase { constant, decaying };  // of the learning rate: augmentation ends while it decays

class Preprocess {
 public:
  // Throws invalidArgument with the option and its range.
  explicit Preprocess(const PreprocessOptions& options);

  // zoom_and_patch in parts, for a data set that draws their chance for a whole batch.
  struct Size {
    int width = 0;
    int height = 0;
  };
  // Of the zoomed picture; draws both factors.
  Size zoomedSize(const Picture& picture, Random& random) const;
  // Tiles of crop_size in a picture of that size; throws wrongFile where not one fits.
  std::int64_t tilesIn(const Size& size) const;
  // Tile number `tile` (column by column) of `picture` zoomed to `size`; draws the grid's offset and the
  // flip. The work is that of the tile, however large the picture is.
  Picture zoomedTile(const Picture& picture, const Size& size, std::int64_t tile, Random& random) const;

  // Keeps the channels. Throws wrongFile if the image is smaller than the crop, or the result is beyond
  // maxPixels.
  Picture operator()(Picture picture, Phase phase, Random& random) const;

 private:
  Picture scaled(const Picture& picture, Phase phase) const;
  Picture scaledToWidth(const Picture& picture, int width) const;
  Picture scaledToShortSide(const Picture& picture, int side) const;
  Picture randomCrop(const Picture& picture, Random& random) const;
  Picture randomTile(const Picture& picture, Random& random) const;
  Picture trimmed(const Picture& picture, Random& random) const;
  Region tileOf(const Size& size, std::optional<std::int64_t> wanted, Random& random) const;
  Picture finished(const Picture& picture, Random& random) const;
  void checkLargeEnough(const Size& size) const;

  PreprocessOptions options_;
};

}  // namespace cut::trainer
