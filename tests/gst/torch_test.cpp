// SPDX-License-Identifier: MIT
// The element with the engine module torch: states, memory, devices and precisions.
#include <dlfcn.h>
#include <gmock/gmock.h>

#include <fstream>

#include "element_fixture.hpp"
#include "resident_memory.hpp"

namespace cut::test {
namespace {

using testing::HasSubstr;

class TorchElement : public ElementTest {
 protected:
  // One thread: OpenMP's threads spin while they wait, which is slow where other programs use the cores.
  ElementPtr makeElement() const {
    auto element = ElementTest::makeElement();
    g_object_set(element.get(), "threads", 1, nullptr);
    return element;
  }

  static GstFlowReturn push(GstHarness* harness, gsize bytes) {
    GstBuffer* buffer = gst_buffer_new_allocate(nullptr, bytes, nullptr);
    gst_buffer_memset(buffer, 0, 90, bytes);
    const GstFlowReturn flow = gst_harness_push(harness, buffer);
    while (const BufferPtr out{gst_harness_try_pull(harness)}) {
    }
    return flow;
  }
};

// Must run first: a library cannot be unloaded from a process.
TEST_F(TorchElement, LibTorchIsNotLoadedBeforeReady) {
  const auto element = makeElement();
  const auto loaded = [] {
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);)
      if (line.find("libtorch") != std::string::npos ||
          line.find("libcuttranslate-torch") != std::string::npos)
        return true;
    return false;
  };
  EXPECT_FALSE(loaded());
  ASSERT_TRUE(goesTo(element.get(), GST_STATE_READY));
  EXPECT_TRUE(loaded());
}

TEST_F(TorchElement, FiftyStateChangesKeepMemoryConstant) {
  const auto element = makeElement();
  long early = 0;
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(goesTo(element.get(), GST_STATE_PLAYING));
    ASSERT_TRUE(goesTo(element.get(), GST_STATE_NULL));
    if (i == 9) early = residentBytes();
  }
  EXPECT_LE(residentBytes(), early + (16 << 20));
}

TEST_F(TorchElement, FramesKeepMemoryConstant) {
  const auto element = makeElement();
  const auto harness = makeHarness(element.get(), videoCaps("NV12", 320, 240));
  for (int i = 0; i < 10; ++i) ASSERT_EQ(push(harness.get(), 320 * 240 * 3 / 2), GST_FLOW_OK);
  const long before = residentBytes();
  for (int i = 0; i < 30; ++i) ASSERT_EQ(push(harness.get(), 320 * 240 * 3 / 2), GST_FLOW_OK);
  EXPECT_LE(residentBytes(), before + (8 << 20));
}

TEST_F(TorchElement, CapsChangesKeepMemoryConstant) {
  const auto element = makeElement();
  const auto harness = makeHarness(element.get(), videoCaps("RGB", 64, 48));
  long before = 0;
  for (int i = 0; i < 40; ++i) {
    const int width = i % 2 ? 160 : 128;
    gst_harness_set_src_caps(harness.get(), capsOf(videoCaps("RGB", width, 96)).release());
    ASSERT_EQ(push(harness.get(), static_cast<gsize>(width) * 96 * 3), GST_FLOW_OK);
    if (i == 9) before = residentBytes();
  }
  EXPECT_LE(residentBytes(), before + (8 << 20));
}

TEST_F(TorchElement, ActivePropertiesNameWhatAutoChose) {
  const auto element = makeElement();
  ASSERT_TRUE(goesTo(element.get(), GST_STATE_READY));
  EXPECT_EQ(stringOf(element.get(), "active-engine"), "torch");
  EXPECT_EQ(stringOf(element.get(), "active-precision"), "fp32");
  EXPECT_THAT(stringOf(element.get(), "active-device").value_or(""), testing::AnyOf("cpu", "cuda:0"));
}

TEST_F(TorchElement, CudaWithoutDriverIsAnError) {
  if (dlopen("libcuda.so.1", RTLD_LAZY)) GTEST_SKIP() << "this machine has an NVIDIA driver";
  const auto element = makeElement();
  for (const char* device : {"cuda", "cuda:0"}) {
    g_object_set(element.get(), "device", device, nullptr);
    EXPECT_FALSE(goesTo(element.get(), GST_STATE_READY));
    EXPECT_THAT(expectError(GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND),
                testing::AllOf(HasSubstr(device), testing::AnyOf(HasSubstr("driver"), HasSubstr("CUDA"))));
  }
}

TEST_F(TorchElement, CpuRefusesUnsupportedPrecisions) {
  const auto element = makeElement();
  g_object_set(element.get(), "device", "cpu", nullptr);
  for (const char* precision : {"tf32", "fp16", "bf16", "int8"}) {
    gst_util_set_object_arg(G_OBJECT(element.get()), "precision", precision);
    EXPECT_FALSE(goesTo(element.get(), GST_STATE_READY));
    EXPECT_THAT(expectError(GST_STREAM_ERROR, GST_STREAM_ERROR_NOT_IMPLEMENTED), HasSubstr(precision));
  }
}

}  // namespace
}  // namespace cut::test
