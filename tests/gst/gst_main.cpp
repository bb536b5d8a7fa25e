// SPDX-License-Identifier: MIT
// main() of the tests that use GStreamer. A warning or critical of GLib or GStreamer fails the test that
// runs.
#include <gst/gst.h>
#include <gtest/gtest.h>

namespace {

void failOnWarnings(const gchar* domain, GLogLevelFlags level, const gchar* message, gpointer) {
  constexpr int bad = G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING;
  if (level & bad) ADD_FAILURE() << (domain ? domain : "") << ": " << message;
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  gst_init(&argc, &argv);
  g_log_set_default_handler(failOnWarnings, nullptr);
  const int result = RUN_ALL_TESTS();
  gst_deinit();
  return result;
}
