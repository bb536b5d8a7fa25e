#include "lateness.hpp"

#include <algorithm>

namespace cut::gst {
namespace {

constexpr std::uint64_t millisecond = 1'000'000;

// What sinks add for themselves (GstBaseSink's processing-deadline).
constexpr std::uint64_t deadline = 20 * millisecond;

// A live source is never quite on time: a frame's duration, where the translation does not wait for that.
std::uint64_t allowance(std::uint64_t duration, std::uint64_t typical) {
  const std::uint64_t most = std::max(typical / 2, 40 * millisecond);
  return duration > 0 ? std::min(duration, most) : most;
}

}  // namespace

void Lateness::restart() {
  const std::lock_guard lock(mutex_);
  proportion_ = 1;
  earliest_.reset();
  behindOnce_ = false;
  lateSince_.reset();
}

void Lateness::setUpstream(bool live, std::uint64_t latency) {
  const std::lock_guard lock(mutex_);
  live_ = live;
  upstream_ = latency;
}

void Lateness::setPipelineLatency(std::uint64_t latency) {
  const std::lock_guard lock(mutex_);
  pipeline_ = latency;
}

void Lateness::setQos(double proportion, std::int64_t difference, std::uint64_t runningTime) {
  const std::lock_guard lock(mutex_);
  proportion_ = proportion;
  earliest_ = static_cast<std::int64_t>(runningTime) + difference;
  behindOnce_ |= difference > 0;
}

void Lateness::setThrottle(std::int64_t span, std::uint64_t runningTime) {
  const std::lock_guard lock(mutex_);
  earliest_ = static_cast<std::int64_t>(runningTime) + span;
}

bool Lateness::live() const {
  const std::lock_guard lock(mutex_);
  return live_;
}

// How long after its time it would be translated; negative: before. Where nothing is live a frame need not be
// taken as it comes, and so there is no allowance: a later one is on time.
std::int64_t Lateness::behind(const Arrival& arrival, std::uint64_t typical, std::uint64_t reported) const {
  const std::uint64_t latency = live_ ? std::max(pipeline_, upstream_ + reported + deadline) : pipeline_;
  const std::uint64_t wanted =
      *arrival.runningTime + latency + (live_ ? allowance(arrival.duration, typical) : 0);
  return static_cast<std::int64_t>(*arrival.now + typical) - static_cast<std::int64_t>(wanted);
}

Verdict Lateness::judge(const Arrival& arrival, std::uint64_t typical, std::uint64_t reported) {
  const std::lock_guard lock(mutex_);
  Verdict verdict{false, 0, proportion_};
  if (!arrival.runningTime) return verdict;
  const auto time = static_cast<std::int64_t>(*arrival.runningTime);
  if (earliest_ && time <= *earliest_) {
    verdict.late = true;
    verdict.jitter = *earliest_ - time;
  }
  if (!watchesTheClock() || !arrival.now) return verdict;
  if (const std::int64_t late = behind(arrival, typical, reported); late > 0) {
    verdict.late = true;
    verdict.jitter = std::max(verdict.jitter, late);
  }
  if (!verdict.late) {
    lateSince_.reset();
  } else if (!lateSince_) {
    lateSince_ = arrival.now;
  } else if (*arrival.now >= *lateSince_ + 1000 * millisecond) {
    lateSince_.reset();
    verdict.late = false;
  }
  return verdict;
}

}  // namespace cut::gst
