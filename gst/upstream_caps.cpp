#include "upstream_caps.hpp"

#include <memory>

#include "utilities.hpp"

namespace cut::gst {
namespace {

// The pad on the other side of an element that passes caps on as they are; nullptr where it does not.
PadPtr beforeProxy(GstPad* source) {
  const IteratorPtr links(gst_pad_iterate_internal_links(source));
  GValue item = G_VALUE_INIT;
  if (!links || gst_iterator_next(links.get(), &item) != GST_ITERATOR_OK) return nullptr;
  PadPtr sink(GST_PAD(g_value_dup_object(&item)));
  g_value_unset(&item);
  return GST_PAD_IS_PROXY_CAPS(sink.get()) ? std::move(sink) : nullptr;
}

}  // namespace

bool sentFromUpstream(GstPad* sink, const GstCaps* caps) {
  PadPtr before(GST_PAD(gst_object_ref(sink)));
  for (int depth = 0; before && depth < 64; ++depth) {
    const PadPtr source(gst_pad_get_peer(before.get()));
    if (!source) return false;
    const CapsPtr sent(gst_pad_get_current_caps(source.get()));
    if (sent && gst_caps_is_equal(sent.get(), caps)) return true;
    before = beforeProxy(source.get());
  }
  return false;
}

}  // namespace cut::gst
