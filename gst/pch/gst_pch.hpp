// SPDX-License-Identifier: MIT
// Precompiled: GStreamer's headers and what most of the plugin includes of the standard library, parsed once.
// Every file still includes what it uses; the build with sanitizers has no precompiled headers
// (-Db_pch=false).
#include <gst/base/gstbasetransform.h>
#include <gst/gst.h>
#include <gst/video/video.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>
