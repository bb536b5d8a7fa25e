// SPDX-License-Identifier: MIT
#include "trainer/evaluate/evaluation.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "cuttranslate/error.hpp"
#include "trainer/data/domain.hpp"
#include "trainer/data/picture.hpp"
#include "trainer/data/pillow_resample.hpp"
#include "trainer/data/random.hpp"
#include "trainer/evaluate/colour_transfer.hpp"
#include "trainer/evaluate/content_measures.hpp"
#include "trainer/evaluate/feature_network.hpp"
#include "trainer/evaluate/feature_scores.hpp"
#include "trainer/evaluate/laplacian_pyramid.hpp"
#include "trainer/translate/picture_translator.hpp"
#include "trainer/translate/progress_line.hpp"

namespace cut::trainer {
namespace {

constexpr int halfSplits = 5;
constexpr int viewSide = 256;

// At most `maxCount` items, evenly spaced, because neighbours in a folder are often frames of one recording.
std::vector<Item> evenlySpaced(const std::vector<Item>& items, std::int64_t maxCount) {
  const auto count = static_cast<std::int64_t>(items.size());
  if (maxCount <= 0 || maxCount >= count) return items;
  std::vector<Item> subset;
  for (std::int64_t i = 0; i < maxCount; ++i)
    subset.push_back(items[static_cast<std::size_t>(i * count / maxCount)]);
  return subset;
}

Domain domainOf(const EvaluateOptions& options, const std::string& name) {
  DomainQuery query{.name = name, .sources = {}, .phase = options.phase};
  if (!options.dataroot.empty()) query.sources.push_back(domainFolder(options.dataroot, options.phase, name));
  const auto& named = name == "A" ? options.dataA : options.dataB;
  query.sources.insert(query.sources.end(), named.begin(), named.end());
  Domain domain = findDomain(query);
  domain.items = evenlySpaced(domain.items, options.maxImages);
  return domain;
}

struct ImageSet {
  PyramidPatches patches;
  Features features;  // empty without a network

  explicit ImageSet(std::uint64_t seed) : patches(seed) {}

  void add(const Picture& view, FeatureNetwork* network);
  ImageSet subset(const std::vector<std::int64_t>& which) const;
};

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

ContentScores scoresOf(const ContentMeasures& measures) {
  return {measures.structure(), measures.blotches(), measures.worstBorder()};
}

class Evaluation {
 public:
  Evaluation(const EvaluateOptions& options, ProgressLine& progress)
      : options_(options),
        progress_(progress),
        translator_(options.model, options.engine),
        reader_(exifOrientation(options)),
        a_(options.seed),
        translated_(options.seed),
        recoloured_(options.seed),
        b_(options.seed) {
    const GeneratorSpec& spec = translator_.model().info().spec;
    if (spec.outputChannels != 3)
      throw Error(ErrorKind::unsupported, options.model.string() +
                                              ": expected a model with 3 output channels to evaluate, got " +
                                              std::to_string(spec.outputChannels));
    if (!options.features.empty()) network_ = std::make_unique<FeatureNetwork>(options.features);
  }

  EvaluationResult run() {
    const bool swapped = options_.direction == Direction::bToA;
    Domain from = domainOf(options_, swapped ? "B" : "A");
    Domain to = domainOf(options_, swapped ? "A" : "B");
    result_.imagesB = each(to, "image ", [this](const Picture& picture) {
      b_.add(squareView(picture, viewSide), network_.get());
      coloursOfB_.add(picture);
    });
    // Twice, because the transfer of the first image needs the colours of all; nothing but sums is kept.
    each(from, "colours of image ", [this](const Picture& picture) { coloursOfA_.add(picture); });
    transfer_.emplace(coloursOfA_, coloursOfB_);
    result_.imagesA = each(from, "image ", [this](const Picture& picture) { addA(picture); });
    score();
    return std::move(result_);
  }

 private:
  // Items that cannot be read are named, and removed from the domain.
  std::int64_t each(Domain& domain, const std::string& what, const std::function<void(const Picture&)>& use) {
    for (const std::string& reason : domain.unreadable) skip(reason);
    domain.unreadable.clear();
    std::vector<Item> readable;
    for (std::size_t i = 0; i < domain.items.size(); ++i) {
      progress_.show("domain " + domain.name + ": " + what + std::to_string(i + 1) + " of " +
                     std::to_string(domain.items.size()));
      Picture picture;
      try {
        picture = reader_.read(domain.items[i]);
      } catch (const Error& error) {
        skip(error.what());
        continue;
      }
      use(picture);
      readable.push_back(domain.items[i]);
    }
    domain.items = std::move(readable);
    const auto used = static_cast<std::int64_t>(domain.items.size());
    if (used < minImages)
      throw Error(ErrorKind::wrongFile, "domain " + domain.name + ": expected at least " +
                                            std::to_string(minImages) + " images that can be read, found " +
                                            std::to_string(used) +
                                            "; add images: distances between sets need dozens of them");
    return used;
  }

  void skip(const std::string& reason) {
    progress_.notice("skipped: " + reason);
    result_.skipped.push_back(reason);
  }

  void addA(const Picture& picture) {
    const Picture viewA = squareView(picture, viewSide);
    a_.add(viewA, network_.get());
    addRival(picture, viewA, translator_(picture), translated_, translatedContent_);
    addRival(picture, viewA, (*transfer_)(picture), recoloured_, recolouredContent_);
  }

  void addRival(const Picture& picture, const Picture& viewA, const Picture& fake, ImageSet& set,
                ContentMeasures& content) {
    const Picture view = squareView(fake, viewSide);
    set.add(view, network_.get());
    content.add(picture, fake, viewA, view);
  }

  // Random splits of B into two halves.
  std::vector<std::pair<ImageSet, ImageSet>> halvesOfB() const {
    std::vector<std::pair<ImageSet, ImageSet>> halves;
    std::vector<std::int64_t> order(static_cast<std::size_t>(b_.patches.pictures()));
    std::iota(order.begin(), order.end(), 0);
    Random random(options_.seed, 0, 0, Purpose::halves);
    for (int split = 0; split < halfSplits; ++split) {
      for (std::size_t i = order.size() - 1; i > 0; --i)
        std::swap(order[i], order[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(i) + 1))]);
      const auto middle = order.begin() + static_cast<std::ptrdiff_t>(order.size() / 2);
      halves.emplace_back(b_.subset({order.begin(), middle}), b_.subset({middle, order.end()}));
    }
    return halves;
  }

  PyramidDistance distance(const ImageSet& x, const ImageSet& y) const {
    return PyramidDistance::between(x.patches, y.patches, options_.seed);
  }

  FeatureScores features(const ImageSet& x, const ImageSet& y) const {
    return featureScores(x.features, y.features, options_.seed);
  }

  void score() {
    progress_.show("comparing");
    result_.model = options_.model.string();
    result_.side = viewSide;
    result_.levelSides = b_.patches.sides();
    const auto halves = halvesOfB();
    result_.distance = {distance(translated_, b_), distance(recoloured_, b_), distance(a_, b_),
                        meanDistance(halves)};
    result_.translated = scoresOf(translatedContent_);
    result_.colourTransfer = scoresOf(recolouredContent_);
    if (!network_) return;
    result_.features = options_.features.string();
    result_.featureScores = Comparison<FeatureScores>{features(translated_, b_), features(recoloured_, b_),
                                                      features(a_, b_), meanFeatures(halves)};
  }

  PyramidDistance meanDistance(const std::vector<std::pair<ImageSet, ImageSet>>& halves) const {
    PyramidDistance sum;
    sum.levels.resize(b_.patches.sides().size());
    for (const auto& [one, other] : halves) {
      const PyramidDistance part = distance(one, other);
      for (std::size_t i = 0; i < sum.levels.size(); ++i) sum.levels[i] += part.levels[i] / halfSplits;
      sum.mean += part.mean / halfSplits;
      sum.colour += part.colour / halfSplits;
    }
    return sum;
  }

  FeatureScores meanFeatures(const std::vector<std::pair<ImageSet, ImageSet>>& halves) const {
    FeatureScores sum;
    for (const auto& [one, other] : halves) {
      const FeatureScores part = features(one, other);
      sum.fid += part.fid / halfSplits;
      sum.kid += part.kid / halfSplits;
      sum.kidDeviation += part.kidDeviation / halfSplits;
    }
    return sum;
  }

  const EvaluateOptions& options_;
  ProgressLine& progress_;
  PictureTranslator translator_;
  std::unique_ptr<FeatureNetwork> network_;
  ItemReader reader_;
  LabStatistics coloursOfA_, coloursOfB_;
  std::optional<ColourTransfer> transfer_;  // once the colours of both are known
  ImageSet a_, translated_, recoloured_, b_;
  ContentMeasures translatedContent_, recolouredContent_;
  EvaluationResult result_;
};

void appendScores(const ContentScores& scores, std::vector<double>& to) {
  to.insert(to.end(), {scores.structure, scores.blotches.value_or(0), scores.worstBorder});
}

void appendScores(const PyramidDistance& distance, std::vector<double>& to) {
  to.insert(to.end(), distance.levels.begin(), distance.levels.end());
  to.insert(to.end(), {distance.mean, distance.colour});
}

void appendScores(const FeatureScores& scores, std::vector<double>& to) {
  to.insert(to.end(), {scores.fid, scores.kid, scores.kidDeviation});
}

template <typename Distance>
void appendScores(const Comparison<Distance>& comparison, std::vector<double>& to) {
  for (const Distance* one :
       {&comparison.translated, &comparison.colourTransfer, &comparison.untranslated, &comparison.halves})
    appendScores(*one, to);
}

// NaN would compare as neither better nor worse.
void checkFinite(const EvaluationResult& result) {
  std::vector<double> numbers;
  appendScores(result.translated, numbers);
  appendScores(result.colourTransfer, numbers);
  appendScores(result.distance, numbers);
  if (result.featureScores) appendScores(*result.featureScores, numbers);
  if (std::all_of(numbers.begin(), numbers.end(), [](double number) { return std::isfinite(number); }))
    return;
  throw Error(ErrorKind::internal, "a score of " + result.model + " is not finite" +
                                       (result.featureScores ? "; check the range of the features" : ""));
}

}  // namespace

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

EvaluationResult evaluate(const EvaluateOptions& options, std::ostream& progress, int descriptor) {
  ProgressLine line(progress, descriptor);
  EvaluationResult result = Evaluation(options, line).run();
  checkFinite(result);
  line.notice("evaluated " + options.model.string() + " on " + std::to_string(result.imagesA) +
              " images of A and " + std::to_string(result.imagesB) + " of B");
  return result;
}

}  // namespace cut::trainer
