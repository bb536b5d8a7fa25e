// What the properties hold.
#pragma once

#include <cstdint>
#include <string>

#include "cuttranslate/engine.hpp"

namespace cut::gst {

// What a model is opened with.
struct Settings {
  std::string model;  // path
  EngineOptions engine;
  bool verify = false;

  bool operator==(const Settings&) const = default;
};

enum class Output { translated, original, split };
enum class LatePolicy { drop, repeat, passthrough };
enum class ErrorPolicy { fail, drop, passthrough, repeat };

// Whether a span of nanoseconds is finite: 0 and GST_CLOCK_TIME_NONE stand for infinite ones, and so does all
// that no clock reaches.
constexpr bool isFinite(std::uint64_t span) noexcept {
  return span > 0 && span < std::uint64_t{1} << 62;
}

// What may change between any two frames. Times are in nanoseconds; 0: none.
struct Controls {
  bool enabled = true;
  double strength = 1;  // 0: the input, 1: the translation
  Output output = Output::translated;
  double splitPosition = 0.5;  // of the width; left of it is the input
  int crossfade = 0;           // frames from one model to the next
  bool qos = true;
  LatePolicy late = LatePolicy::drop;
  ErrorPolicy onError = ErrorPolicy::fail;
  int framesInFlight = 1;
  std::uint64_t frameTimeout = 0;
  std::uint64_t statsInterval = 0;

  // Whether anything of a translation would be seen.
  bool translates() const noexcept {
    return enabled && strength > 0 &&
           (output == Output::translated || (output == Output::split && splitPosition < 1));
  }
  bool repeats() const noexcept { return late == LatePolicy::repeat || onError == ErrorPolicy::repeat; }
};

}  // namespace cut::gst
