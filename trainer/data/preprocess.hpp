// From an image as it was read to one that the networks take: the reference's --preprocess.
#pragma once

#include <cstdint>
#include <string>

#include "trainer/data/picture.hpp"
#include "trainer/data/pillow_resample.hpp"
#include "trainer/data/random.hpp"

namespace cut::trainer {

// The words of --preprocess, joined with _and_. Whatever their order, they act in this:
//   fixsize          to load_size x load_height, in every epoch
//   resize           to load_size x load_height
//   scale_width      to a width of load_size (with crop: larger where the crop needs it), aspect ratio kept
//   scale_shortside  to a short side of load_size, aspect ratio kept
//   zoom             each side by a random factor in [1 / random_scale_max, 1), to crop_size at least
//   crop             a random crop_size x crop_size; an image that is smaller is refused
//   patch            a random tile of a randomly placed grid of crop_size x crop_size
//   trim             each side cut to at most crop_size, at a random place
//   none             nothing
// After them both sides are rounded to a multiple of 4 (halves to the even multiple, at least 4), and half of
// the images are mirrored. In decaying epochs crop_size takes the place of load_size, which ends the
// augmentation.
struct PreprocessMode {
  enum class Scale { none, resize, width, shortSide };

  Scale scale = Scale::none;
  bool fixSize = false;
  bool zoom = false;
  bool crop = false;
  bool patch = false;
  bool trim = false;

  PreprocessMode() = default;
  // From the words. Throws invalidArgument, saying what they may be.
  PreprocessMode(const std::string& words);
  PreprocessMode(const char* words) : PreprocessMode(std::string(words)) {}

  std::string text() const;  // the words, in the order in which they act
  bool operator==(const PreprocessMode&) const = default;
};

// Names are the reference's options.
struct PreprocessOptions {
  PreprocessMode mode = "resize_and_crop";
  int loadSize = 286;
  int loadHeight = 0;  // 0: load_size
  int cropSize = 256;
  bool flip = true;              // --no_flip switches it off
  double randomScaleMax = 1.25;  // the reference's factors for unaligned images; 3 for its single images
  Resampling resampling = Resampling::bicubic;
  // The reference's numbers where it squashes: scale_width makes images at least crop_size high without
  // widening them (in decaying epochs, squares), and scale_shortside leaves alone what is larger.
  bool referenceQuirks = false;
};

enum class Phase { constant, decaying };  // of the learning rate, whose epochs differ in their augmentation

class Preprocess {
 public:
  // Throws invalidArgument, naming the option and what it may be.
  explicit Preprocess(const PreprocessOptions& options);

  // Channels stay as they are. Throws wrongFile where the image is too small to be cut, or what it becomes is
  // too large.
  Picture operator()(Picture picture, Phase phase, Random& random) const;

 private:
  Picture scaled(const Picture& picture, Phase phase) const;
  Picture widthScaled(const Picture& picture, int width) const;
  Picture shortSideScaled(const Picture& picture, int side) const;
  Picture zoomed(const Picture& picture, Random& random) const;
  Picture randomCrop(const Picture& picture, Random& random) const;
  Picture randomTile(const Picture& picture, Random& random) const;
  Picture trimmed(const Picture& picture, Random& random) const;
  Picture roundedToFour(const Picture& picture) const;
  void checkLargeEnough(const Picture& picture) const;

  PreprocessOptions options_;
};

}  // namespace cut::trainer
