// The statistics as the property `stats` and the periodic message hold them.
#pragma once

#include "handles.hpp"
#include "translate_state.hpp"

namespace cut::gst {

StructurePtr statsStructure(const TranslateState& state);

}  // namespace cut::gst
