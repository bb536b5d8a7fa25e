// The properties' numbers, and the two halves that properties.cpp puts together.
#pragma once

#include <gst/gst.h>

#include "translate_state.hpp"

namespace cut::gst {

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

// Settings of the model and what was taken of them. False where a property is of the other half.
void defineModelProperties(GParamSpec** properties);
bool setModelProperty(TranslateState& state, guint id, const GValue* value);
bool getModelProperty(const TranslateState& state, guint id, GValue* value);

// What may change between any two frames, and what is told of them.
void defineLiveProperties(GParamSpec** properties);
bool setLiveProperty(TranslateState& state, guint id, const GValue* value);
bool getLiveProperty(const TranslateState& state, guint id, GValue* value);

}  // namespace cut::gst
