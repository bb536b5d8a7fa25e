// SPDX-License-Identifier: MIT
// The element's properties: the values that they hold, and their GObject side.
#pragma once

#include <gst/gst.h>

#include <cstdint>
#include <mutex>
#include <string>

#include "cuttranslate/engine.hpp"

namespace cut::gst {

struct TranslateState;

// How a model is opened.
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

// What may change between two frames.
struct Controls {
  bool enabled = true;
  double strength = 1;  // 0: the input, 1: the translation
  Output output = Output::translated;
  double splitPosition = 0.5;  // of the width; the input is left of it
  int crossfade = 0;           // frames
  bool qos = true;
  LatePolicy late = LatePolicy::drop;
  ErrorPolicy onError = ErrorPolicy::fail;
  int framesInFlight = 1;
  std::uint64_t frameTimeout = 0;   // nanoseconds; 0: none
  std::uint64_t statsInterval = 0;  // nanoseconds; 0: no messages

  // Whether the output shows anything of a translation.
  bool translates() const noexcept {
    return enabled && strength > 0 &&
           (output == Output::translated || (output == Output::split && splitPosition < 1));
  }
  bool repeats() const noexcept { return late == LatePolicy::repeat || onError == ErrorPolicy::repeat; }
};

// The Controls that the properties hold now. From any thread.
class ControlValues {
 public:
  Controls get() const {
    const std::lock_guard lock(mutex_);
    return values_;
  }
  template <typename Change>
  void change(Change&& change) {
    const std::lock_guard lock(mutex_);
    change(values_);
  }

 private:
  mutable std::mutex mutex_;  // guards values_; no other lock is taken while it is held
  Controls values_;
};

enum Property : guint {
  PROP_0,
  PROP_MODEL,
  PROP_ENGINE,
  PROP_DEVICE,
  PROP_PRECISION,
  PROP_THREADS,
  PROP_VERIFY,
  PROP_ALLOW_CODE,
  PROP_ACTIVE_MODEL,
  PROP_ACTIVE_ENGINE,
  PROP_ACTIVE_DEVICE,
  PROP_ACTIVE_PRECISION,
  PROP_ENABLED,
  PROP_STRENGTH,
  PROP_OUTPUT,
  PROP_SPLIT_POSITION,
  PROP_CROSSFADE,
  PROP_QOS,
  PROP_LATE,
  PROP_ON_ERROR,
  PROP_FRAME_TIMEOUT,
  PROP_FRAMES_IN_FLIGHT,
  PROP_STATS_INTERVAL,
  PROP_STATS,
  PROP_COUNT
};

// Installs the properties and the signal `model-updated`.
void installProperties(GObjectClass* klass);

// In documentation.cpp: what gst-inspect-1.0 prints of the element, and of each property at its id.
void setClassMetadata(GstElementClass* klass);
void makePropertySpecs(GParamSpec** specs);
GType engineType();

// False where there is no property of this id.
bool setProperty(TranslateState& state, guint id, const GValue* value);
bool getProperty(const TranslateState& state, guint id, GValue* value);

// Emit `notify`: of the active-* properties after a model was opened, swapped or closed; of `model` after it
// went back to another value.
void notifyActive(GObject* object);
void notifyModel(GObject* object);

void emitModelUpdated(GObject* object, const std::string& model);

}  // namespace cut::gst
