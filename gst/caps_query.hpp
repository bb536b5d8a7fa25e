// What the element answers where it is asked for caps, and what it says of those that it refuses.
#pragma once

#include <gst/base/gstbasetransform.h>

#include "streaming.hpp"

namespace cut::gst {

// Before the two are linked and data may flow, what gst_pad_link() asks: what both neighbours and the
// template share. A link that fails would not say why; caps that come and are refused are answered with the
// reason. Whether that was asked, and is answered.
bool answerLinkQuery(GstBaseTransform* base, GstPadDirection direction, GstQuery* query);

// Narrows GstBaseTransform's answer to a CAPS query to what a model of so many channels (0: any) takes, which
// says nothing of it where a neighbour takes anything. Where nothing that upstream offers is served, the
// reason is posted: no caps will be sent.
void narrowCapsQuery(GstBaseTransform* base, GstPadDirection direction, GstQuery* query, int channels,
                     Streaming& streaming);

// After the answer to an ACCEPT_CAPS query for the sink pad: caps that are refused never come as an event,
// and the source will only say that it could not go on.
void explainAcceptCaps(GstBaseTransform* base, GstQuery* query, Streaming& streaming);

}  // namespace cut::gst
