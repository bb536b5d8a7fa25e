// SPDX-License-Identifier: MIT
// Where a training's pairs come from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "trainer/data/picture.hpp"

namespace cut::trainer {

struct Pair {
  Planes a, b;               // of one image each
  std::string nameA, nameB;  // Item::name() of the source
};

// get() is a pure function of (seed, epoch, index) and the files, independent of thread and order.
class PairSource {
 public:
  virtual ~PairSource() = default;
  PairSource(const PairSource&) = delete;
  PairSource& operator=(const PairSource&) = delete;

  virtual std::int64_t size() const noexcept = 0;  // pairs per epoch

  // epoch from 1, index in [0, size()). Thread-safe. Throws an Error where no image can be used.
  virtual Pair get(std::int64_t epoch, std::int64_t index) const = 0;

  // The whole images, where pairs are patches of them: for the eye, in a size that a network can show.
  virtual std::optional<Pair> whole() const { return std::nullopt; }

  virtual std::int64_t skipped() const { return 0; }  // number of unusable images found so far

 protected:
  PairSource() = default;

  void checkIndex(std::int64_t epoch, std::int64_t index) const;  // throws invalidArgument
};

}  // namespace cut::trainer
