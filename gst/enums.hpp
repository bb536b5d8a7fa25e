// The enumerations of the properties, as GObject knows them.
#pragma once

#include <glib-object.h>

#include <string>

namespace cut::gst {

GType engineType();
GType precisionType();
GType outputType();
GType latePolicyType();
GType errorPolicyType();

// The nick of a value, and back; "auto" and 0 where there is none.
const char* nickOf(GType type, int value);
int valueOf(GType type, const std::string& nick);

}  // namespace cut::gst
