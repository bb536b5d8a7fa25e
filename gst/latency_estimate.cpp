#include "latency_estimate.hpp"

#include <algorithm>
#include <cmath>

namespace cut::gst {
namespace {

constexpr std::uint64_t millisecond = 1'000'000;

// The measurements that are needed before the longest counts as an exception.
constexpr std::size_t fewest = 8;

std::uint64_t withReserve(double seconds) {
  // Not 111 for 0.1 s, whose tenth is a little more in binary.
  return static_cast<std::uint64_t>(std::ceil(seconds * 1.1 * 1e3 - 1e-6)) * millisecond;
}

}  // namespace

void LatencyEstimate::clear() {
  count_ = 0;
  reported_ = 0;
}

bool LatencyEstimate::restart(double seconds) {
  const std::uint64_t before = reported_;
  clear();
  add(seconds);
  return reported_ != before;
}

bool LatencyEstimate::add(double seconds) {
  last_[count_++ % window] = seconds;
  return update();
}

// Descending; only the first min(count_, window) are measurements.
std::array<double, LatencyEstimate::window> LatencyEstimate::sorted() const {
  auto all = last_;
  std::sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(std::min(count_, window)),
            [](double a, double b) { return a > b; });
  return all;
}

bool LatencyEstimate::update() {
  const std::uint64_t needed = withReserve(sorted()[count_ >= fewest ? 1 : 0]);
  const bool tooLittle = needed > reported_;
  const bool tooMuch = count_ >= window && needed * 3 < reported_ * 2;
  if (!tooLittle && !tooMuch) return false;
  reported_ = needed;
  return true;
}

std::uint64_t LatencyEstimate::typical() const {
  if (count_ == 0) return 0;
  const double median = sorted()[std::min(count_, window) / 2];
  const auto back = [this](std::size_t frames) {
    return last_[(count_ - std::min(frames, count_)) % window];
  };
  return static_cast<std::uint64_t>(std::max(median, std::min(back(1), back(2))) * 1e9);
}

}  // namespace cut::gst
