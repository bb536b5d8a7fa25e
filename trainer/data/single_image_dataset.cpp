// SPDX-License-Identifier: MIT
#include "trainer/data/single_image_dataset.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <utility>

#include "cuttranslate/error.hpp"

namespace cut::trainer {
namespace {

// Element `position` of a random order of `count` tiles (Fisher and Yates, as far as it is needed). Beyond
// the last one the order begins again.
std::int64_t drawnTile(std::int64_t count, std::int64_t position, Random& random) {
  std::unordered_map<std::int64_t, std::int64_t> moved;
  const auto at = [&moved](std::int64_t i) {
    const auto found = moved.find(i);
    return found == moved.end() ? i : found->second;
  };
  std::int64_t tile = 0;
  for (std::int64_t i = 0; i <= position % count; ++i) {
    const std::int64_t other = i + random.below(count - i);
    tile = at(other);
    moved[other] = at(i);
  }
  return tile;
}

}  // namespace

SingleImageDataset::SingleImageDataset(const Domain& a, const Domain& b, const SingleImageOptions& options)
    : options_(options), preprocess_(options.pairs.preprocess) {
  checkChannels(options.pairs);
  if (options.batchSize < 1 || options.length < 1)
    throw Error(ErrorKind::invalidArgument, "expected a batch and an epoch of 1 pair or more, got " +
                                                std::to_string(options.batchSize) + " and " +
                                                std::to_string(options.length));
  a_ = read(a, options.pairs.channelsA);
  b_ = read(b, options.pairs.channelsB);
}

SingleImageDataset::Side SingleImageDataset::read(const Domain& domain, int channels) const {
  if (domain.items.size() != 1)
    throw Error(ErrorKind::wrongFile, "--dataset_mode singleimage: expected one image in domain " +
                                          domain.name + ", found " + std::to_string(domain.items.size()) +
                                          "; name one with --data" + domain.name +
                                          " FILE, or use --dataset_mode unaligned");
  Side side{ItemReader(options_.pairs.exifOrientation).read(domain.items.front()),
            domain.items.front().name()};
  if (channels == 1) side.picture = toLuma(std::move(side.picture));
  return side;
}

Pair SingleImageDataset::get(std::int64_t epoch, std::int64_t index) const {
  checkIndex(epoch, index);
  return {toPlanes(cut(a_, {Purpose::imageA, Purpose::batchA}, epoch, index)),
          toPlanes(cut(b_, {Purpose::imageB, Purpose::batchB}, epoch, index)), a_.name, b_.name};
}

std::optional<Pair> SingleImageDataset::whole() const {
  return Pair{whole(a_.picture), whole(b_.picture), a_.name, b_.name};
}

Planes SingleImageDataset::whole(const Picture& picture) const {
  constexpr double longest = 640;
  const PreprocessOptions& options = options_.pairs.preprocess;
  const int unit = std::max(4, options.cropSize / 4 * 4);
  const double shrunk = std::min(1.0, longest / std::max(picture.width, picture.height));
  const double scale = std::max(shrunk, static_cast<double>(unit) / std::min(picture.width, picture.height));
  const auto side = [scale](int length) { return static_cast<int>(std::lround(length * scale)); };
  const int width = std::max(unit, side(picture.width));
  const int height = std::max(unit, side(picture.height));
  const Region middle{width % unit / 2, height % unit / 2, width - width % unit, height - height % unit};
  return toPlanes(resizedRegion(picture, width, height, middle, options.resampling));
}

Picture SingleImageDataset::cut(const Side& side, const Streams& streams, std::int64_t epoch,
                                std::int64_t index) const {
  const std::uint64_t seed = options_.pairs.seed;
  Random own(seed, epoch, index, streams.pair);
  if (options_.pairs.preprocess.mode != PreprocessMode("zoom_and_patch")) {
    const Phase phase = epoch > options_.pairs.constantEpochs ? Phase::decaying : Phase::constant;
    return preprocess_(side.picture, phase, own);
  }
  Random shared(seed, epoch, index / options_.batchSize, streams.batch);
  const Preprocess::Size zoom = preprocess_.zoomedSize(side.picture, shared);
  const std::int64_t tile = drawnTile(preprocess_.tilesIn(zoom), index % options_.batchSize, shared);
  return preprocess_.zoomedTile(side.picture, zoom, tile, own);
}

}  // namespace cut::trainer
