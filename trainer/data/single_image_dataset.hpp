// SPDX-License-Identifier: MIT
// One image on each side, cut into patches: the reference's --dataset_mode singleimage (Park et al. 2020,
// section 4.4).
#pragma once

#include "trainer/data/pair_dataset.hpp"

namespace cut::trainer {

struct SingleImageOptions {
  PairOptions pairs;              // serialBatches and onSkip have no meaning here
  int batchSize = 1;              // pairs that share a zoom
  std::int64_t length = 100'000;  // pairs that an epoch counts
};

// Both images stay decoded. With zoom_and_patch all patches of a batch come from one zoom, whose factors are
// drawn for each axis and domain, and from different tiles of its grid while there are enough: the negatives
// of a patch are the batch's others. Each patch shifts the grid for itself, so tiles may overlap. The
// reference means the same, but shuffles its indices, which mixes the zooms. Any other --preprocess is
// applied to the whole image.
class SingleImageDataset final : public PairSource {
 public:
  // Throws invalidArgument for options out of range, wrongFile for a domain that is not one image, and what
  // reading it throws.
  SingleImageDataset(const Domain& a, const Domain& b, const SingleImageOptions& options);

  std::int64_t size() const noexcept override { return options_.length; }
  Pair get(std::int64_t epoch, std::int64_t index) const override;

  // 640 pixels on the long side at most, or a crop; the middle of it whose sides are multiples of crop_size,
  // which every network takes.
  std::optional<Pair> whole() const override;

 private:
  struct Side {
    Picture picture;
    std::string name;
  };
  // The streams of a side: of the pair, and of what its whole batch shares.
  struct Streams {
    Purpose pair;
    Purpose batch;
  };

  Side read(const Domain& domain, int channels) const;
  Planes whole(const Picture& picture) const;
  Picture cut(const Side& side, const Streams& streams, std::int64_t epoch, std::int64_t index) const;

  SingleImageOptions options_;
  Preprocess preprocess_;
  Side a_, b_;
};

}  // namespace cut::trainer
