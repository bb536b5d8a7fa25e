// SPDX-License-Identifier: MIT
// Reproducible random numbers: a stream is a pure function of (seed, epoch, index, purpose).
#pragma once

#include <cstdint>
#include <initializer_list>

namespace cut::trainer {

// What a stream is used for. Streams of different purposes are independent.
enum class Purpose : std::uint64_t {
  order = 1,
  partner = 2,
  imageA = 3,
  imageB = 4,
  step = 5,
  weights = 6,
  // of `cut-trainer evaluate`
  patches = 7,
  directions = 8,
  halves = 9,
  subsets = 10,
  // what a batch of single-image training shares
  batchA = 11,
  batchB = 12,
  warmUp = 13,  // a step of it
};

// SplitMix64 (Steele, Lea, Flood 2014). Not std::uniform_int_distribution, whose numbers differ between
// standard libraries.
class Random {
 public:
  Random(std::uint64_t seed, std::int64_t epoch, std::int64_t index, Purpose purpose) noexcept {
    for (const std::uint64_t part : {seed, static_cast<std::uint64_t>(epoch),
                                     static_cast<std::uint64_t>(index), static_cast<std::uint64_t>(purpose)})
      state_ = mix(state_ + step + part);
  }

  std::uint64_t next() noexcept {
    state_ += step;
    return mix(state_);
  }

  // In [0, bound); bound is at least 1. The bias is below bound / 2^64.
  std::int64_t below(std::int64_t bound) noexcept {
    return static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(bound));
  }

  // In [low, high).
  double uniform(double low, double high) noexcept {
    return low + (high - low) * static_cast<double>(next() >> 11) * 0x1p-53;
  }

  bool coin() noexcept { return (next() >> 63) != 0; }

 private:
  static constexpr std::uint64_t step = 0x9e3779b97f4a7c15;

  static std::uint64_t mix(std::uint64_t z) noexcept {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  std::uint64_t state_ = 0;
};

}  // namespace cut::trainer
