#include "caps_query.hpp"

#include "caps.hpp"
#include "upstream_caps.hpp"
#include "utilities.hpp"

namespace cut::gst {
namespace {

GstPad* padOf(GstBaseTransform* base, GstPadDirection direction) {
  return direction == GST_PAD_SINK ? GST_BASE_TRANSFORM_SINK_PAD(base) : GST_BASE_TRANSFORM_SRC_PAD(base);
}

// The first of `offered` in system memory, fixed; nullptr where there is none. Decoders ask for memory of one
// kind after another: only with the last kind all is lost.
CapsPtr exampleOf(const GstCaps* offered) {
  for (guint i = 0; i < gst_caps_get_size(offered); ++i)
    if (gst_caps_features_is_equal(gst_caps_get_features(offered, i), GST_CAPS_FEATURES_MEMORY_SYSTEM_MEMORY))
      return CapsPtr(gst_caps_fixate(gst_caps_copy_nth(offered, i)));
  return nullptr;
}

void explainNoCaps(GstPad* sink, const GstCaps* offered, int channels, Streaming& streaming) {
  if (!offered || gst_caps_is_any(offered) || gst_caps_is_empty(offered)) return;
  if (!gst_pad_is_active(sink) || !gst_pad_is_linked(sink) || gst_pad_has_current_caps(sink)) return;
  const CapsPtr ours(gst_pad_get_pad_template_caps(sink));
  if (gst_caps_can_intersect(servable(offered, channels).get(), ours.get())) return;
  if (const CapsPtr example = exampleOf(offered)) streaming.explainCaps(example.get());
}

}  // namespace

bool answerLinkQuery(GstBaseTransform* base, GstPadDirection direction, GstQuery* query) {
  GstPad* asked = padOf(base, direction);
  GstCaps* filter = nullptr;
  gst_query_parse_caps(query, &filter);
  if (filter || (gst_pad_is_active(asked) && gst_pad_is_linked(asked))) return false;
  GstPad* other = padOf(base, direction == GST_PAD_SINK ? GST_PAD_SRC : GST_PAD_SINK);
  const CapsPtr ours(gst_pad_get_pad_template_caps(other));
  const CapsPtr peers(gst_pad_peer_query_caps(other, ours.get()));
  const CapsPtr shared(gst_caps_intersect_full(ours.get(), peers.get(), GST_CAPS_INTERSECT_FIRST));
  gst_query_set_caps_result(query, shared.get());
  return true;
}

void narrowCapsQuery(GstBaseTransform* base, GstPadDirection direction, GstQuery* query, int channels,
                     Streaming& streaming) {
  GstCaps* found = nullptr;
  gst_query_parse_caps_result(query, &found);
  const CapsPtr narrowed = direction == GST_PAD_SINK ? preferred(found, channels) : servable(found, channels);
  gst_query_set_caps_result(query, narrowed.get());
  if (direction != GST_PAD_SINK) return;
  GstCaps* offered = nullptr;
  gst_query_parse_caps(query, &offered);
  explainNoCaps(padOf(base, direction), offered, channels, streaming);
}

void explainAcceptCaps(GstBaseTransform* base, GstQuery* query, Streaming& streaming) {
  GstCaps* caps = nullptr;
  gboolean accepted = FALSE;
  gst_query_parse_accept_caps(query, &caps);
  gst_query_parse_accept_caps_result(query, &accepted);
  if (!accepted && sentFromUpstream(padOf(base, GST_PAD_SINK), caps)) streaming.explainCaps(caps);
}

}  // namespace cut::gst
