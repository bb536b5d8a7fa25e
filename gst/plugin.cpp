// SPDX-License-Identifier: MIT
// The plugin: registering it opens no engine module and loads no LibTorch.
#include "gstcuttranslate.h"

static gboolean plugin_init(GstPlugin* plugin) {
  return GST_ELEMENT_REGISTER(cuttranslate, plugin);
}

GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, cuttranslate,
                  "Unpaired image-to-image translation of video with CUT generators", plugin_init,
                  PACKAGE_VERSION, "MIT/X11", "cuttranslate", "built from source")
