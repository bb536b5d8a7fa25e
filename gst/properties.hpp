// The properties of cuttranslate: their documentation, and their way to and from the settings.
#pragma once

#include <glib-object.h>

#include "translate_state.hpp"

namespace cut::gst {

void installProperties(GObjectClass* klass);
// False where there is no property of this id.
bool setProperty(TranslateState& state, guint id, const GValue* value);
bool getProperty(const TranslateState& state, guint id, GValue* value);
// After a model was opened or closed.
void notifyActive(GObject* object);

}  // namespace cut::gst
