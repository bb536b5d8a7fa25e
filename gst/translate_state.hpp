// SPDX-License-Identifier: MIT
// What is behind the GObject. Each part has its own lock, or belongs to the streaming thread, as it says; no
// part takes another's lock while it holds its own.
#pragma once

#include <atomic>
#include <utility>

#include "caps.hpp"
#include "model_slot.hpp"
#include "properties.hpp"
#include "qos.hpp"
#include "stats.hpp"
#include "streaming.hpp"

namespace cut::gst {

struct TranslateState {
  // `element` outlives the state. `failed`: see ModelLoader.
  TranslateState(GstVideoFilter* element, ModelLoader::Failed failed)
      : models(std::move(failed)), capsErrors(GST_ELEMENT(element)), streaming(element, *this) {}

  // Of the property `stats`. From any thread.
  StructurePtr stats() const { return statsStructure(statistics.report(), latency, models.weightBytes()); }

  ControlValues controls;
  ModelSlot models;
  Statistics statistics;
  Lateness lateness;
  std::atomic<GstClockTime> latency = 0;  // as reported to the pipeline
  CapsErrors capsErrors;
  Streaming streaming;
};

}  // namespace cut::gst
