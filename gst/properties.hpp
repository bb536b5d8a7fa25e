// The properties and the signal of cuttranslate: their documentation, and their way to and from the state.
#pragma once

#include <glib-object.h>

#include <string>

#include "translate_state.hpp"

namespace cut::gst {

void installProperties(GObjectClass* klass);
// False where there is no property of this id.
bool setProperty(TranslateState& state, guint id, const GValue* value);
bool getProperty(const TranslateState& state, guint id, GValue* value);
// After a model was opened, exchanged or closed.
void notifyActive(GObject* object);
// After `model` went back to what it was.
void notifyModel(GObject* object);
// The signal `model-updated`.
void emitModelUpdated(GObject* object, const std::string& model);

}  // namespace cut::gst
