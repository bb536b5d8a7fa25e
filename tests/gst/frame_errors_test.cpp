// SPDX-License-Identifier: MIT
// Errors after READY, at new caps or at a frame: nothing crashes, and the element can be used again.
#include <gmock/gmock.h>

#include "element_fixture.hpp"

namespace cut::test {
namespace {

using testing::HasSubstr;

class FrameError : public ElementTest {
 protected:
  static GstFlowReturn push(GstHarness* harness, gsize bytes) {
    GstBuffer* buffer = gst_buffer_new_allocate(nullptr, bytes, nullptr);
    gst_buffer_memset(buffer, 0, 100, bytes);
    return gst_harness_push(harness, buffer);
  }

  static constexpr gsize frameBytes = 16 * 8 * 3;
  const std::string caps_ = videoCaps("RGB", 16, 8);
};

TEST_F(FrameError, EngineFaultPostsAnErrorAndReturnsFlowError) {
  const auto element = makeElement();
  const auto harness = makeHarness(element.get(), caps_);
  EXPECT_EQ(push(harness.get(), frameBytes), GST_FLOW_OK);
  const Environment fault("CUT_FAKE_FAULT", "translate");
  EXPECT_EQ(push(harness.get(), frameBytes), GST_FLOW_ERROR);
  EXPECT_EQ(gst_harness_buffers_received(harness.get()), 1U);
  EXPECT_THAT(expectError(GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_FAILED), HasSubstr("fails as told"));
}

TEST_F(FrameError, ElementTranslatesAgainAfterReady) {
  const auto element = makeElement();
  const auto harness = makeHarness(element.get(), caps_);
  {
    const Environment fault("CUT_FAKE_FAULT", "translate");
    EXPECT_EQ(push(harness.get(), frameBytes), GST_FLOW_ERROR);
  }
  ASSERT_TRUE(goesTo(element.get(), GST_STATE_READY));
  ASSERT_TRUE(goesTo(element.get(), GST_STATE_PLAYING));
  gst_harness_set_src_caps(harness.get(), capsOf(caps_).release());
  EXPECT_EQ(push(harness.get(), frameBytes), GST_FLOW_OK);
}

TEST_F(FrameError, OutOfMemoryAtNewCapsIsNoSpaceLeft) {
  const auto element = makeElement();
  const HarnessPtr harness(gst_harness_new_with_element(element.get(), "sink", "src"));
  {
    const Environment fault("CUT_FAKE_FAULT", "session");
    gst_harness_set_src_caps(harness.get(), capsOf(caps_).release());
    EXPECT_NE(push(harness.get(), frameBytes), GST_FLOW_OK);
  }
  expectError(GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NO_SPACE_LEFT);
  ASSERT_TRUE(goesTo(element.get(), GST_STATE_READY));
  ASSERT_TRUE(goesTo(element.get(), GST_STATE_PLAYING));
  gst_harness_set_src_caps(harness.get(), capsOf(caps_).release());
  EXPECT_EQ(push(harness.get(), frameBytes), GST_FLOW_OK);
}

// A pool that has no buffers: acquiring one returns flowOfPool.
GstFlowReturn flowOfPool = GST_FLOW_ERROR;
GType emptyPoolType() {
  static const GType type = g_type_register_static_simple(
      GST_TYPE_BUFFER_POOL, "CutEmptyPool", sizeof(GstBufferPoolClass),
      [](gpointer klass, gpointer) {
        GST_BUFFER_POOL_CLASS(klass)->acquire_buffer = [](GstBufferPool*, GstBuffer**,
                                                          GstBufferPoolAcquireParams*) { return flowOfPool; };
      },
      sizeof(GstBufferPool), nullptr, static_cast<GTypeFlags>(0));
  return type;
}

TEST_F(FrameError, PoolWithoutBuffersReturnsItsFlow) {
  const auto element = makeElement();
  const HarnessPtr harness(gst_harness_new_with_element(element.get(), "sink", "src"));
  gst_pad_add_probe(
      harness->sinkpad, GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM,
      [](GstPad*, GstPadProbeInfo* info, gpointer) {
        GstQuery* query = GST_PAD_PROBE_INFO_QUERY(info);
        if (GST_QUERY_TYPE(query) != GST_QUERY_ALLOCATION) return GST_PAD_PROBE_OK;
        auto* pool = static_cast<GstBufferPool*>(g_object_new(emptyPoolType(), nullptr));
        gst_query_add_allocation_pool(query, pool, frameBytes, 0, 0);
        gst_object_unref(pool);
        return GST_PAD_PROBE_HANDLED;
      },
      nullptr, nullptr);
  gst_harness_set_src_caps(harness.get(), capsOf(caps_).release());
  for (const auto flow : {GST_FLOW_ERROR, GST_FLOW_CUSTOM_ERROR}) {
    flowOfPool = flow;
    EXPECT_EQ(push(harness.get(), frameBytes), flow);
    expectError(GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NO_SPACE_LEFT);
  }
  flowOfPool = GST_FLOW_EOS;
  EXPECT_EQ(push(harness.get(), frameBytes), GST_FLOW_EOS);
  EXPECT_FALSE(popError()) << "EOS is not an error";
}

TEST_F(FrameError, BufferSmallerThanAFrameIsAFormatError) {
  for (const gsize bytes : {gsize{0}, gsize{1}, frameBytes / 2, frameBytes - 1}) {
    const auto element = makeElement();
    const auto harness = makeHarness(element.get(), caps_);
    EXPECT_EQ(push(harness.get(), bytes), GST_FLOW_ERROR) << bytes << " bytes";
    EXPECT_EQ(gst_harness_buffers_received(harness.get()), 0U);
    EXPECT_THAT(expectError(GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT), HasSubstr("384"));
  }
}

TEST_F(FrameError, YuvBufferSmallerThanAFrameIsAnError) {
  const auto element = makeElement();
  const auto harness = makeHarness(element.get(), videoCaps("NV12", 16, 8));
  EXPECT_EQ(push(harness.get(), 16 * 8), GST_FLOW_ERROR);
  EXPECT_TRUE(popError());
}

TEST_F(FrameError, VideoMetaBeyondTheBufferIsAFormatError) {
  const auto element = makeElement();
  const auto harness = makeHarness(element.get(), caps_);
  gsize offset[GST_VIDEO_MAX_PLANES] = {0};
  gint stride[GST_VIDEO_MAX_PLANES] = {4096};
  GstBuffer* buffer = gst_buffer_new_allocate(nullptr, frameBytes, nullptr);
  gst_buffer_add_video_meta_full(buffer, GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_FORMAT_RGB, 16, 8, 1, offset,
                                 stride);
  EXPECT_EQ(gst_harness_push(harness.get(), buffer), GST_FLOW_ERROR);
  expectError(GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT);
}

TEST_F(FrameError, VideoMetaOfALargerPictureIsAccepted) {
  const auto element = makeElement();
  const auto harness = makeHarness(element.get(), caps_);
  gsize offset[GST_VIDEO_MAX_PLANES] = {0};
  gint stride[GST_VIDEO_MAX_PLANES] = {96};
  GstBuffer* buffer = gst_buffer_new_allocate(nullptr, 96 * 16, nullptr);
  gst_buffer_memset(buffer, 0, 5, 96 * 16);
  gst_buffer_add_video_meta_full(buffer, GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_FORMAT_RGB, 32, 16, 1, offset,
                                 stride);
  EXPECT_EQ(gst_harness_push(harness.get(), buffer), GST_FLOW_OK);
  EXPECT_FALSE(popError());
}

TEST_F(FrameError, BufferLargerThanAFrameIsAccepted) {
  const auto element = makeElement();
  const auto harness = makeHarness(element.get(), caps_);
  EXPECT_EQ(push(harness.get(), frameBytes + 100), GST_FLOW_OK);
  EXPECT_FALSE(popError());
}

TEST_F(FrameError, FrameBeforeCapsIsNotNegotiated) {
  const auto element = makeElement();
  const HarnessPtr harness(gst_harness_new_with_element(element.get(), "sink", "src"));
  GstPad* source = harness->srcpad;
  gst_pad_push_event(source, gst_event_new_stream_start("test"));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_pad_push_event(source, gst_event_new_segment(&segment));
  EXPECT_EQ(gst_pad_push(source, gst_buffer_new_allocate(nullptr, frameBytes, nullptr)),
            GST_FLOW_NOT_NEGOTIATED);
}

TEST_F(FrameError, OneByOneIsAcceptedAndSidesBeyondTheLimitAreRefused) {
  const auto element = makeElement();
  const auto harness = makeHarness(element.get(), videoCaps("RGB", 1, 1));
  EXPECT_EQ(push(harness.get(), 4), GST_FLOW_OK);
  gst_harness_set_src_caps(harness.get(), capsOf(videoCaps("RGB", 40000, 1)).release());
  EXPECT_EQ(push(harness.get(), 40000 * 3), GST_FLOW_NOT_NEGOTIATED) << "wider than the limit";
  EXPECT_THAT(expectError(GST_CORE_ERROR, GST_CORE_ERROR_NEGOTIATION), HasSubstr("32768"));
}

}  // namespace
}  // namespace cut::test
