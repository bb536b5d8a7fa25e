// SPDX-License-Identifier: MIT
// Which video the element supports, its answers to caps queries, and the error that says why caps were
// refused.
#pragma once

#include <gst/base/gstbasetransform.h>
#include <gst/video/video.h>

#include <atomic>
#include <string>

#include "utilities.hpp"

namespace cut::gst {

void addPadTemplates(GstElementClass* klass);

// The part of `caps` that a model of so many channels (1 or 3; 0: any) can translate: its formats,
// progressive, one view per frame.
CapsPtr supportedCaps(const GstCaps* caps, int channels);

// The same as answer to a CAPS query on the sink pad: RGB first, whatever order others prefer, and
// progressive. Fixed caps stay fixed, as a capsfilter behind a source without caps needs.
CapsPtr preferredCaps(const GstCaps* caps, int channels);

// The channels of the models that translate such video: 1 or 3.
int channelsOf(const GstVideoInfo& info);

// Why such video is not supported, and what to do; nullptr where it is.
const char* unsupportedReason(const GstVideoInfo& info);

// Why a model of so many channels (0: not known yet) refuses fixed `caps`, and what to do.
std::string unsupportedReason(const GstCaps* caps, int channels);

// Whether both neighbours can have video for a model of so many channels.
bool neighboursSupport(GstBaseTransform* base, int channels);

// The error message about refused caps: once, until other caps are accepted. It is an error and not a warning
// since no frame can follow; the source's own error says nothing of the reason, and gst-launch-1.0 prints no
// warnings of a pipeline that does not preroll. All functions may be called from any thread.
class CapsErrors {
 public:
  explicit CapsErrors(GstElement* element) : element_(element) {}

  void restart() noexcept { posted_ = false; }
  // `caps` were refused by a model of so many channels.
  void postRefused(const GstCaps* caps, int channels);
  // The element supports `caps`, but its caps event was refused: posts an error where downstream is the
  // reason.
  void postRefusedDownstream(const GstCaps* caps, GstPad* source);

 private:
  void post(const std::string& reason, const GstCaps* caps);

  GstElement* element_;
  std::atomic<bool> posted_ = false;
};

// Answers a CAPS query that gst_pad_link() sends, before data can flow, with what the template and both
// neighbours share, and returns true; false for other queries. A link that fails would not say why, but caps
// that arrive later and are refused are answered with the reason.
bool answerLinkQuery(GstBaseTransform* base, GstPadDirection direction, GstQuery* query);

// Narrows GstBaseTransform's answer to a CAPS query to what a model of so many channels (0: any) supports.
// Where that is nothing of what upstream offers, no caps will arrive: the error is posted.
void narrowCapsQuery(GstBaseTransform* base, GstPadDirection direction, GstQuery* query, int channels,
                     CapsErrors& errors);

// After the answer to an ACCEPT_CAPS query on the sink pad: caps that were refused do not arrive as an event,
// and so the error is posted here.
void explainAcceptCaps(GstBaseTransform* base, GstQuery* query, int channels, CapsErrors& errors);

}  // namespace cut::gst
