// Whether caps are more than a question.
#pragma once

#include <gst/gst.h>

namespace cut::gst {

// Whether a pad before `sink` has sent `caps`, or is sending them. An ACCEPT_CAPS query asks for such caps
// before the event comes, and where it is refused the event never comes: queues and ghost pads pass the query
// on, and keep the event. From any thread.
bool sentFromUpstream(GstPad* sink, const GstCaps* caps);

}  // namespace cut::gst
