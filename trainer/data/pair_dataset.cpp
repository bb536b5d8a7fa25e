// SPDX-License-Identifier: MIT
#include "trainer/data/pair_dataset.hpp"

#include <algorithm>
#include <numeric>
#include <system_error>
#include <utility>

#include "cuttranslate/error.hpp"

namespace cut::trainer {
namespace {

void checkChannel(const char* option, int channels) {
  if (channels != 1 && channels != 3)
    throw Error(ErrorKind::invalidArgument,
                std::string("--") + option + ": expected 1 or 3, got " + std::to_string(channels));
}

void checkNotEmpty(const Domain& domain) {
  if (domain.items.empty()) throw Error(ErrorKind::wrongFile, "domain " + domain.name + " has no images");
}

// Errors of reading name the file, errors of preprocessing do not.
std::string withName(const Item& item, const std::string& reason) {
  return reason.starts_with(item.path.string()) ? reason : item.name() + ": " + reason;
}

}  // namespace

void PairSource::checkIndex(std::int64_t epoch, std::int64_t index) const {
  if (epoch < 1 || index < 0 || index >= size())
    throw Error(ErrorKind::invalidArgument, "expected an epoch from 1 and an index below " +
                                                std::to_string(size()) + ", got " + std::to_string(epoch) +
                                                " and " + std::to_string(index));
}

void checkChannels(const PairOptions& options) {
  checkChannel("input_nc", options.channelsA);
  checkChannel("output_nc", options.channelsB);
}

PairDataset::PairDataset(Domain a, Domain b, const PairOptions& options)
    : a_(std::move(a)),
      b_(std::move(b)),
      options_(options),
      preprocess_(options.preprocess),
      reader_(options.exifOrientation) {
  checkChannels(options);
  checkNotEmpty(a_);
  checkNotEmpty(b_);
}

std::int64_t PairDataset::size() const noexcept {
  return static_cast<std::int64_t>(std::max(a_.items.size(), b_.items.size()));
}

Pair PairDataset::get(std::int64_t epoch, std::int64_t index) const {
  checkIndex(epoch, index);
  const auto sizeA = static_cast<std::int64_t>(a_.items.size());
  const auto sizeB = static_cast<std::int64_t>(b_.items.size());
  const std::int64_t position = options_.serialBatches ? index : (*order(epoch))[index];
  Random partner(options_.seed, epoch, index, Purpose::partner);
  const std::int64_t positionB = options_.serialBatches ? index % sizeB : partner.below(sizeB);
  const Phase phase = epoch > options_.constantEpochs ? Phase::decaying : Phase::constant;
  Loaded a =
      load(a_, position % sizeA, options_.channelsA, phase, {options_.seed, epoch, index, Purpose::imageA});
  Loaded b = load(b_, positionB, options_.channelsB, phase, {options_.seed, epoch, index, Purpose::imageB});
  return {std::move(a.planes), std::move(b.planes), std::move(a.name), std::move(b.name)};
}

std::int64_t PairDataset::skipped() const {
  const std::lock_guard lock(skippedMutex_);
  return static_cast<std::int64_t>(skipped_.size());
}

// The orders of two epochs are cached: some workers start an epoch while others finish the previous one.
std::shared_ptr<const PairDataset::Order> PairDataset::order(std::int64_t epoch) const {
  const std::lock_guard lock(orderMutex_);
  auto& [known, kept] = orders_[static_cast<std::size_t>(epoch % 2)];
  if (known == epoch) return kept;
  Order order(size());
  std::iota(order.begin(), order.end(), std::int64_t{0});
  Random random(options_.seed, epoch, 0, Purpose::order);
  for (std::int64_t i = size() - 1; i > 0; --i) std::swap(order[i], order[random.below(i + 1)]);
  kept = std::make_shared<const Order>(std::move(order));
  known = epoch;
  return kept;
}

PairDataset::Loaded PairDataset::load(const Domain& domain, std::int64_t first, int channels, Phase phase,
                                      const Random& random) const {
  const auto count = static_cast<std::int64_t>(domain.items.size());
  std::string reason;
  for (std::int64_t tries = 0; tries < count; ++tries) {
    const Item& item = domain.items[(first + tries) % count];
    if (isSkipped(item)) continue;
    try {
      Random stream = random;
      Picture picture = reader_.read(item);
      if (channels == 1) picture = toLuma(std::move(picture));
      return {toPlanes(preprocess_(std::move(picture), phase, stream)), item.name()};
    } catch (const Error& error) {
      // If the folder is gone, naming each of its images would only hide the cause.
      std::error_code ignored;
      if (!std::filesystem::exists(item.path.parent_path(), ignored) && item.path.has_parent_path())
        throw Error(ErrorKind::notFound, "domain " + domain.name + ": the folder " +
                                             item.path.parent_path().string() +
                                             " was there at the start and is gone");
      reason = withName(item, error.what());
      skip(item, reason);
    }
  }
  throw Error(ErrorKind::wrongFile, "domain " + domain.name + ": none of its " + std::to_string(count) +
                                        " images can be used" +
                                        (reason.empty() ? "" : "; the last one: " + reason));
}

bool PairDataset::isSkipped(const Item& item) const {
  const std::lock_guard lock(skippedMutex_);
  return skipped_.contains(item.name());
}

void PairDataset::skip(const Item& item, const std::string& reason) const {
  const std::string name = item.name();
  {
    const std::lock_guard lock(skippedMutex_);
    if (!skipped_.insert(name).second) return;
  }
  if (!options_.onSkip) return;
  options_.onSkip("skipped " + reason);
}

}  // namespace cut::trainer
