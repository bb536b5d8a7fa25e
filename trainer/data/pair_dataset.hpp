// Pairs of images that do not belong together: one of A, one of B.
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
  bool serialBatches = false;  // A and B in their order, instead of a new one in each epoch and a B by chance
  int channelsA = 3;           // input_nc: 3, or 1 for luma
  int channelsB = 3;           // output_nc
  // n_epochs: epochs beyond it are decaying.
  std::int64_t constantEpochs = std::numeric_limits<std::int64_t>::max();
  // Called once for every image that is skipped, with a sentence that names it and says why. From any thread.
  std::function<void(const std::string&)> onSkip = {};
};

struct Pair {
  Planes a, b;               // of one image each
  std::string nameA, nameB;  // Item::name() of what they came from
};

// get() is a pure function of (seed, epoch, index) and the files: whoever asks, in whatever order, gets the
// same pair.
class PairDataset {
 public:
  // Throws invalidArgument for options that make no sense, wrongFile for an empty domain.
  PairDataset(Domain a, Domain b, const PairOptions& options);

  // Pairs in an epoch: the larger domain's images.
  std::int64_t size() const noexcept;

  // epoch from 1, index in [0, size()). An image that cannot be used gives its place to the next one of its
  // domain; if none can be used, or its folder is gone, an Error is thrown. Any number of threads may call it
  // at once.
  Pair get(std::int64_t epoch, std::int64_t index) const;

  // Images found unusable until now, each counted once.
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
