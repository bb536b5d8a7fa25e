// SPDX-License-Identifier: MIT
#include "trainer/data/preprocess.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "cuttranslate/error.hpp"

namespace cut::trainer {
namespace {

void checkSize(const char* option, int value, int lowest) {
  constexpr int highest = 16384;
  if (value < lowest || value > highest)
    throw Error(ErrorKind::invalidArgument, std::string("--") + option + ": expected " +
                                                std::to_string(lowest) + " to " + std::to_string(highest) +
                                                ", got " + std::to_string(value));
}

// Python's round(): halves to even.
std::int64_t rounded(double value) {
  return std::llrint(value);
}

using Scale = PreprocessMode::Scale;

// Names of the steps, in the order of their application.
struct StepName {
  const char* text;
  bool PreprocessMode::*step;  // null: a scale
  Scale scale;
};

constexpr std::array<StepName, 8> stepNames{{{"fixsize", &PreprocessMode::fixSize, Scale::none},
                                             {"resize", nullptr, Scale::resize},
                                             {"scale_width", nullptr, Scale::width},
                                             {"scale_shortside", nullptr, Scale::shortSide},
                                             {"zoom", &PreprocessMode::zoom, Scale::none},
                                             {"crop", &PreprocessMode::crop, Scale::none},
                                             {"patch", &PreprocessMode::patch, Scale::none},
                                             {"trim", &PreprocessMode::trim, Scale::none}}};

void addStep(PreprocessMode& mode, const std::string& word, const std::string& all) {
  if (word == "none") return;
  const auto* known = std::find_if(stepNames.begin(), stepNames.end(),
                                   [&](const StepName& each) { return each.text == word; });
  if (known == stepNames.end())
    throw Error(ErrorKind::invalidArgument,
                "--preprocess: expected none, or fixsize, resize, scale_width, scale_shortside, zoom, crop, "
                "patch and trim joined with _and_, got '" +
                    all + "'");
  if (known->step != nullptr) {
    mode.*known->step = true;
    return;
  }
  // The reference would silently apply the first of them.
  if (mode.scale != Scale::none)
    throw Error(ErrorKind::invalidArgument,
                "--preprocess: expected one of resize, scale_width and scale_shortside, got '" + all + "'");
  mode.scale = known->scale;
}

}  // namespace

PreprocessMode::PreprocessMode(const std::string& words) {
  const std::string separator = "_and_";
  std::size_t from = 0;
  for (std::size_t at = 0; at != std::string::npos; from = at + separator.size()) {
    at = words.find(separator, from);
    addStep(*this, words.substr(from, at == std::string::npos ? at : at - from), words);
  }
}

std::string PreprocessMode::text() const {
  std::string text;
  for (const StepName& name : stepNames)
    if (name.step != nullptr ? this->*name.step : scale == name.scale)
      text += (text.empty() ? "" : "_and_") + std::string(name.text);
  return text.empty() ? "none" : text;
}

Preprocess::Preprocess(const PreprocessOptions& options) : options_(options) {
  checkSize("load_size", options.loadSize, 1);
  checkSize("load_height", options.loadHeight, 0);
  checkSize("crop_size", options.cropSize, 1);
  if (!(options.randomScaleMax >= 1 && options.randomScaleMax <= 100))
    throw Error(ErrorKind::invalidArgument,
                "--random_scale_max: expected 1 to 100, got " + std::to_string(options.randomScaleMax));
  const PreprocessMode& mode = options.mode;
  const bool largeEnough =
      mode.scale != Scale::resize || (options.loadSize >= options.cropSize &&
                                      (options.loadHeight == 0 || options.loadHeight >= options.cropSize));
  if ((mode.crop || mode.patch) && !largeEnough)
    throw Error(ErrorKind::invalidArgument, "--load_size and --load_height: expected at least --crop_size (" +
                                                std::to_string(options.cropSize) + ") with --preprocess " +
                                                mode.text());
}

Picture Preprocess::operator()(Picture picture, Phase phase, Random& random) const {
  if (options_.mode.fixSize) {
    const int height = options_.loadHeight != 0 ? options_.loadHeight : options_.loadSize;
    picture = resized(picture, options_.loadSize, height, options_.resampling);
  }
  if (options_.mode.scale != Scale::none) picture = scaled(picture, phase);
  if (options_.mode.zoom) {
    const Size size = zoomedSize(picture, random);
    picture = resized(picture, size.width, size.height, options_.resampling);
  }
  if (options_.mode.crop) picture = randomCrop(picture, random);
  if (options_.mode.patch) picture = randomTile(picture, random);
  if (options_.mode.trim) picture = trimmed(picture, random);
  return finished(picture, random);
}

Preprocess::Size Preprocess::zoomedSize(const Picture& picture, Random& random) const {
  const double lowest = 1 / options_.randomScaleMax;
  const double width = picture.width * random.uniform(lowest, 1);
  const double height = picture.height * random.uniform(lowest, 1);
  return {static_cast<int>(rounded(std::max<double>(options_.cropSize, width))),
          static_cast<int>(rounded(std::max<double>(options_.cropSize, height)))};
}

std::int64_t Preprocess::tilesIn(const Size& size) const {
  checkLargeEnough(size);
  return std::int64_t{size.width / options_.cropSize} * (size.height / options_.cropSize);
}

Picture Preprocess::zoomedTile(const Picture& picture, const Size& size, std::int64_t tile,
                               Random& random) const {
  const Region region = tileOf(size, tile, random);
  return finished(resizedRegion(picture, size.width, size.height, region, options_.resampling), random);
}

Picture Preprocess::scaled(const Picture& picture, Phase phase) const {
  const int side = phase == Phase::decaying ? options_.cropSize : options_.loadSize;
  if (options_.mode.scale == Scale::width) return scaledToWidth(picture, side);
  if (options_.mode.scale == Scale::shortSide) return scaledToShortSide(picture, side);
  if (options_.loadHeight == 0) return resized(picture, side, side, options_.resampling);
  // Decaying, the short side becomes crop_size.
  const double shrink = phase == Phase::decaying ? static_cast<double>(options_.cropSize) /
                                                       std::min(options_.loadSize, options_.loadHeight)
                                                 : 1.0;
  return resized(picture, rounded(options_.loadSize * shrink), rounded(options_.loadHeight * shrink),
                 options_.resampling);
}

Picture Preprocess::scaledToWidth(const Picture& picture, int width) const {
  const double byWidth = static_cast<double>(width) / picture.width;
  if (options_.referenceQuirks) {
    if (picture.width == width && picture.height >= options_.cropSize) return picture;
    // In integers first, as Python divides, then cut off.
    const double height = static_cast<double>(std::int64_t{width} * picture.height) / picture.width;
    return resized(picture, width, static_cast<std::int64_t>(std::max<double>(height, options_.cropSize)),
                   options_.resampling);
  }
  const double byHeight = static_cast<double>(options_.cropSize) / picture.height;
  if ((options_.mode.crop || options_.mode.patch) && byHeight > byWidth)
    return resized(picture, std::max<std::int64_t>(options_.cropSize, rounded(picture.width * byHeight)),
                   options_.cropSize, options_.resampling);
  const std::int64_t height = std::int64_t{width} * picture.height / picture.width;
  return resized(picture, width, std::max<std::int64_t>(1, height), options_.resampling);
}

Picture Preprocess::scaledToShortSide(const Picture& picture, int side) const {
  const int shortSide = std::min(picture.width, picture.height);
  if (shortSide == side || (options_.referenceQuirks && shortSide > side)) return picture;
  const double scale = static_cast<double>(side) / shortSide;
  return resized(picture, rounded(picture.width * scale), rounded(picture.height * scale),
                 options_.resampling);
}

Picture Preprocess::randomCrop(const Picture& picture, Random& random) const {
  checkLargeEnough({picture.width, picture.height});
  const int side = options_.cropSize;
  const auto left = static_cast<int>(random.below(picture.width - side + 1));
  const auto top = static_cast<int>(random.below(picture.height - side + 1));
  return cropped(picture, left, top, side, side);
}

Picture Preprocess::randomTile(const Picture& picture, Random& random) const {
  const Size size{picture.width, picture.height};
  checkLargeEnough(size);
  const Region region = tileOf(size, std::nullopt, random);
  return cropped(picture, region.left, region.top, region.width, region.height);
}

// The grid begins at a random offset: the tiles leave a rest of each side.
Region Preprocess::tileOf(const Size& size, std::optional<std::int64_t> wanted, Random& random) const {
  const int side = options_.cropSize;
  const int columns = size.width / side;
  const int rows = size.height / side;
  const auto left = static_cast<int>(random.below(size.width - columns * side + 1));
  const auto top = static_cast<int>(random.below(size.height - rows * side + 1));
  const std::int64_t tile = wanted ? *wanted : random.below(std::int64_t{columns} * rows);
  return {left + static_cast<int>(tile / rows) * side, top + static_cast<int>(tile % rows) * side, side,
          side};
}

Picture Preprocess::trimmed(const Picture& picture, Random& random) const {
  const int width = std::min(picture.width, options_.cropSize);
  const int height = std::min(picture.height, options_.cropSize);
  const auto left = static_cast<int>(random.below(picture.width - width + 1));
  const auto top = static_cast<int>(random.below(picture.height - height + 1));
  return cropped(picture, left, top, width, height);
}

// What every mode ends with: sides of multiples of 4, and the flip.
Picture Preprocess::finished(const Picture& picture, Random& random) const {
  const auto side = [](int length) { return std::max<std::int64_t>(4, 4 * rounded(length / 4.0)); };
  Picture result = resized(picture, side(picture.width), side(picture.height), options_.resampling);
  return options_.flip && random.coin() ? mirrored(result) : result;
}

void Preprocess::checkLargeEnough(const Size& size) const {
  if (size.width >= options_.cropSize && size.height >= options_.cropSize) return;
  throw Error(ErrorKind::wrongFile, "expected at least --crop_size (" + std::to_string(options_.cropSize) +
                                        ") pixels on each side to cut from, got " +
                                        std::to_string(size.width) + " x " + std::to_string(size.height) +
                                        "; scale_shortside_and_crop would enlarge it");
}

}  // namespace cut::trainer
