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

struct Pair {
  Planes a, b;               // of one image each
  std::string nameA, nameB;  // Item::name() of the source
};

// get() is a pure function of (seed, epoch, index) and the files, independent of thread and order.
class PairDataset {
 public:
  // Throws invalidArgument for options out of range, wrongFile for an empty domain.
  PairDataset(Domain a, Domain b, const PairOptions& options);

  // Pairs per epoch: the number of images of the larger domain.
  std::int64_t size() const noexcept;

  // epoch from 1, index in [0, size()). An unusable image is replaced by the next one of its domain; an Error
  // is thrown if none is usable, or if its folder is gone. Thread-safe.
  Pair get(std::int64_t epoch, std::int64_t index) const;

  // Number of unusable images found so far.
  std::int64_t skipped() const;

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
