// SPDX-License-Identifier: MIT
// Unpaired images: one of domain A, one of domain B.
#pragma once

#include <array>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "trainer/data/domain.hpp"
#include "trainer/data/pair_source.hpp"
#include "trainer/data/preprocess.hpp"

namespace cut::trainer {

struct PairOptions {
  PreprocessOptions preprocess;
  ExifOrientation exifOrientation = ExifOrientation::ignored;
  std::uint64_t seed = 0;
  bool serialBatches = false;  // A and B in order, instead of A shuffled in each epoch and B drawn at random
  int channelsA = 3;           // input_nc: 3, or 1 for luma
  int channelsB = 3;           // output_nc
  // n_epochs: the learning rate decays in later epochs.
  std::int64_t constantEpochs = std::numeric_limits<std::int64_t>::max();
  // Called once for every skipped image with its name and the reason. From any thread.
  std::function<void(const std::string&)> onSkip = {};
};

// Throws invalidArgument for other channels than 1 and 3.
void checkChannels(const PairOptions& options);

class PairDataset final : public PairSource {
 public:
  // Throws invalidArgument for options out of range, wrongFile for an empty domain.
  PairDataset(Domain a, Domain b, const PairOptions& options);

  // Pairs per epoch: the number of images of the larger domain.
  std::int64_t size() const noexcept override;

  // An unusable image is replaced by the next one of its domain; an Error is thrown if none is usable, or if
  // its folder is gone.
  Pair get(std::int64_t epoch, std::int64_t index) const override;

  std::int64_t skipped() const override;

 private:
  struct Loaded {
    Planes planes;
    std::string name;
  };
  using Order = std::vector<std::int64_t>;

  std::shared_ptr<const Order> order(std::int64_t epoch) const;
  Loaded load(const Domain& domain, std::int64_t first, int channels, Phase phase,
              const Random& random) const;
  bool isSkipped(const Item& item) const;
  void skip(const Item& item, const std::string& reason) const;

  Domain a_, b_;
  PairOptions options_;
  Preprocess preprocess_;
  mutable ItemReader reader_;

  mutable std::mutex orderMutex_;  // guards orders_
  mutable std::array<std::pair<std::int64_t, std::shared_ptr<const Order>>, 2> orders_;
  mutable std::mutex skippedMutex_;  // guards skipped_
  mutable std::set<std::string> skipped_;
};

}  // namespace cut::trainer
