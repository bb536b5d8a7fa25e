// A model that was set while frames flow, and cannot be had.
#pragma once

#include <gst/gst.h>

#include <string>

#include "translate_state.hpp"

namespace cut::gst {

// The state goes on with another one, and the bus hears why. From any thread, under no lock.
void rejectModel(GstElement* element, TranslateState& state, const std::string& model, const Fault& fault);

}  // namespace cut::gst
