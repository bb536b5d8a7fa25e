// The properties that may change between any two frames, and the statistics.
#include "enums.hpp"
#include "property_ids.hpp"

namespace cut::gst {
namespace {

constexpr auto playing =
    static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING);
constexpr auto controllable = static_cast<GParamFlags>(playing | GST_PARAM_CONTROLLABLE);

void defineLook(GParamSpec** properties) {
  properties[PROP_ENABLED] = g_param_spec_boolean(
      "enabled", "Enabled", "Translate. FALSE lets frames pass as they came, without asking the engine", TRUE,
      controllable);
  properties[PROP_STRENGTH] = g_param_spec_double(
      "strength", "Strength",
      "How much of the translation is in the picture: 0 is the input (the engine is not asked), 1 the "
      "translation, between them the two are mixed",
      0, 1, 1, controllable);
  properties[PROP_OUTPUT] = g_param_spec_enum(
      "output", "Output",
      "What goes out: the translation, the input (the engine is not asked), or both side by "
      "side, parted at split-position",
      outputType(), static_cast<int>(Output::translated), controllable);
  properties[PROP_SPLIT_POSITION] =
      g_param_spec_double("split-position", "Split position",
                          "With output=split: the part of the width, from the left, that shows the input", 0,
                          1, 0.5, controllable);
  properties[PROP_CROSSFADE] = g_param_spec_int("crossfade", "Crossfade",
                                                "Frames over which a model that is set while frames flow is "
                                                "mixed in; each of them is translated by both "
                                                "models. 0 changes at once",
                                                0, 100000, 0, playing);
}

void defineTime(GParamSpec** properties) {
  properties[PROP_QOS] = g_param_spec_boolean(
      "qos", "Quality of service",
      "Do not translate frames that come too late: in a live pipeline by the element's own measure of clock, "
      "running time and latency, in others only as far as QoS events of a sink ask for it",
      TRUE, playing);
  properties[PROP_LATE] = g_param_spec_enum("late", "Late frames",
                                            "What becomes of a frame that is too late to be translated. "
                                            "With repeat and passthrough put a queue behind the element",
                                            latePolicyType(), static_cast<int>(LatePolicy::drop), playing);
  properties[PROP_ON_ERROR] = g_param_spec_enum(
      "on-error", "On error",
      "What becomes of a frame that the engine fails at. But for fail, a warning message names the cause",
      errorPolicyType(), static_cast<int>(ErrorPolicy::fail), playing);
  properties[PROP_FRAME_TIMEOUT] =
      g_param_spec_uint64("frame-timeout", "Frame timeout",
                          "Nanoseconds after which a frame that the engine has not finished counts as failed "
                          "(on-error), and with it "
                          "those that come before the engine answers again. 0 waits",
                          0, G_MAXUINT64, 0, playing);
  properties[PROP_FRAMES_IN_FLIGHT] =
      g_param_spec_int("frames-in-flight", "Frames in flight",
                       "Frames that may be on their way at once: the engine goes on while others are "
                       "converted and consumed. Each beyond 1 adds to the latency what a frame takes, or its "
                       "duration if that is longer",
                       1, 64, 1, playing);
}

void defineTold(GParamSpec** properties) {
  properties[PROP_STATS_INTERVAL] = g_param_spec_uint64(
      "stats-interval", "Statistics interval",
      "Nanoseconds between element messages cuttranslate-stats, which hold what stats does; they come with "
      "frames. 0: none",
      0, G_MAXUINT64, 0, playing);
  properties[PROP_STATS] = g_param_spec_boxed(
      "stats", "Statistics",
      "Since READY→PAUSED: frames-in, -out, -translated, -passed, -repeated, -dropped, -late, -failed; fps; "
      "latency as reported; wait-, inference-, convert- and total- mean, p50, p95, max in nanoseconds; "
      "memory-model and memory-process in bytes",
      GST_TYPE_STRUCTURE, static_cast<GParamFlags>(G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
}

}  // namespace

void defineLiveProperties(GParamSpec** properties) {
  defineLook(properties);
  defineTime(properties);
  defineTold(properties);
}

bool setLiveProperty(TranslateState& state, guint id, const GValue* value) {
  bool known = true;
  state.control([&](Controls& c) {
    switch (id) {
      case PROP_ENABLED:
        c.enabled = g_value_get_boolean(value);
        break;
      case PROP_STRENGTH:
        c.strength = g_value_get_double(value);
        break;
      case PROP_OUTPUT:
        c.output = static_cast<Output>(g_value_get_enum(value));
        break;
      case PROP_SPLIT_POSITION:
        c.splitPosition = g_value_get_double(value);
        break;
      case PROP_CROSSFADE:
        c.crossfade = g_value_get_int(value);
        break;
      case PROP_QOS:
        c.qos = g_value_get_boolean(value);
        break;
      case PROP_LATE:
        c.late = static_cast<LatePolicy>(g_value_get_enum(value));
        break;
      case PROP_ON_ERROR:
        c.onError = static_cast<ErrorPolicy>(g_value_get_enum(value));
        break;
      case PROP_FRAME_TIMEOUT:
        c.frameTimeout = g_value_get_uint64(value);
        break;
      case PROP_FRAMES_IN_FLIGHT:
        c.framesInFlight = g_value_get_int(value);
        break;
      case PROP_STATS_INTERVAL:
        c.statsInterval = g_value_get_uint64(value);
        break;
      default:
        known = false;
    }
  });
  return known;
}

bool getLiveProperty(const TranslateState& state, guint id, GValue* value) {
  const Controls c = state.controls();
  switch (id) {
    case PROP_ENABLED:
      g_value_set_boolean(value, c.enabled);
      return true;
    case PROP_STRENGTH:
      g_value_set_double(value, c.strength);
      return true;
    case PROP_OUTPUT:
      g_value_set_enum(value, static_cast<int>(c.output));
      return true;
    case PROP_SPLIT_POSITION:
      g_value_set_double(value, c.splitPosition);
      return true;
    case PROP_CROSSFADE:
      g_value_set_int(value, c.crossfade);
      return true;
    case PROP_QOS:
      g_value_set_boolean(value, c.qos);
      return true;
    case PROP_LATE:
      g_value_set_enum(value, static_cast<int>(c.late));
      return true;
    case PROP_ON_ERROR:
      g_value_set_enum(value, static_cast<int>(c.onError));
      return true;
    case PROP_FRAME_TIMEOUT:
      g_value_set_uint64(value, c.frameTimeout);
      return true;
    case PROP_FRAMES_IN_FLIGHT:
      g_value_set_int(value, c.framesInFlight);
      return true;
    case PROP_STATS_INTERVAL:
      g_value_set_uint64(value, c.statsInterval);
      return true;
    case PROP_STATS:
      g_value_take_boxed(value, state.stats().release());
      return true;
    default:
      return false;
  }
}

}  // namespace cut::gst
