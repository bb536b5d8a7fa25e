// SPDX-License-Identifier: MIT
// Timestamps, flags and metas of a buffer pass unchanged, and the input is not modified.
#include <gst/video/gstvideotimecode.h>

#include "element_fixture.hpp"

namespace cut::test {
namespace {

class Metadata : public ElementTest {
 protected:
  static BufferPtr makeBuffer(gsize bytes = 16 * 8 * 3) {
    BufferPtr buffer(gst_buffer_new_allocate(nullptr, bytes, nullptr));
    gst_buffer_memset(buffer.get(), 0, 70, bytes);
    return buffer;
  }

  // The output for this input; nullptr where there is none.
  BufferPtr translate(BufferPtr buffer) {
    if (!harness_) harness_ = makeHarness(element_.get(), videoCaps("RGB", 16, 8));
    if (gst_harness_push(harness_.get(), buffer.release()) != GST_FLOW_OK) return nullptr;
    return BufferPtr(gst_harness_try_pull(harness_.get()));
  }

  static int countMetas(GstBuffer* buffer) {
    int count = 0;
    gpointer state = nullptr;
    while (gst_buffer_iterate_meta(buffer, &state)) ++count;
    return count;
  }

  ElementPtr element_ = makeElement();
  HarnessPtr harness_;
};

TEST_F(Metadata, TimestampsAndOffsetsPass) {
  auto buffer = makeBuffer();
  GST_BUFFER_PTS(buffer.get()) = 41 * GST_MSECOND;
  GST_BUFFER_DTS(buffer.get()) = 40 * GST_MSECOND;
  GST_BUFFER_DURATION(buffer.get()) = 7 * GST_MSECOND;
  GST_BUFFER_OFFSET(buffer.get()) = 12;
  GST_BUFFER_OFFSET_END(buffer.get()) = 13;
  const auto out = translate(std::move(buffer));
  ASSERT_TRUE(out);
  EXPECT_EQ(GST_BUFFER_PTS(out.get()), 41 * GST_MSECOND);
  EXPECT_EQ(GST_BUFFER_DTS(out.get()), 40 * GST_MSECOND);
  EXPECT_EQ(GST_BUFFER_DURATION(out.get()), 7 * GST_MSECOND);
  EXPECT_EQ(GST_BUFFER_OFFSET(out.get()), 12U);
  EXPECT_EQ(GST_BUFFER_OFFSET_END(out.get()), 13U);
}

TEST_F(Metadata, UnknownTimestampsStayUnknown) {
  const auto out = translate(makeBuffer());
  ASSERT_TRUE(out);
  EXPECT_FALSE(GST_BUFFER_PTS_IS_VALID(out.get()));
  EXPECT_FALSE(GST_BUFFER_DTS_IS_VALID(out.get()));
  EXPECT_FALSE(GST_BUFFER_DURATION_IS_VALID(out.get()));
}

TEST_F(Metadata, BufferFlagsPass) {
  ASSERT_TRUE(translate(makeBuffer())) << "the first buffer of a stream is DISCONT anyway";
  for (const GstBufferFlags flag :
       {GST_BUFFER_FLAG_DISCONT, GST_BUFFER_FLAG_DELTA_UNIT, GST_BUFFER_FLAG_GAP, GST_BUFFER_FLAG_DROPPABLE,
        GST_BUFFER_FLAG_MARKER, GST_BUFFER_FLAG_RESYNC, GST_BUFFER_FLAG_CORRUPTED, GST_BUFFER_FLAG_HEADER}) {
    auto buffer = makeBuffer();
    GST_BUFFER_FLAG_SET(buffer.get(), flag);
    const auto out = translate(std::move(buffer));
    ASSERT_TRUE(out);
    EXPECT_TRUE(GST_BUFFER_FLAG_IS_SET(out.get(), flag)) << "flag " << flag;
    const auto plain = translate(makeBuffer());
    EXPECT_FALSE(GST_BUFFER_FLAG_IS_SET(plain.get(), flag)) << "flag " << flag << " after it";
  }
}

TEST_F(Metadata, GapFrameIsTranslated) {
  auto buffer = makeBuffer();
  GST_BUFFER_FLAG_SET(buffer.get(), GST_BUFFER_FLAG_GAP);
  const auto out = translate(std::move(buffer));
  guint8 first = 0;
  gst_buffer_extract(out.get(), 0, &first, 1);
  EXPECT_EQ(first, 255 - 70);
}

TEST_F(Metadata, TimeCodeAndReferenceTimestampMetasPassOnce) {
  auto buffer = makeBuffer();
  gst_buffer_add_video_time_code_meta_full(buffer.get(), 30, 1, nullptr, GST_VIDEO_TIME_CODE_FLAGS_NONE, 1, 2,
                                           3, 4, 0);
  const CapsPtr reference = capsOf("timestamp/x-unix");
  gst_buffer_add_reference_timestamp_meta(buffer.get(), reference.get(), 123 * GST_SECOND, 5);
  const auto out = translate(std::move(buffer));
  ASSERT_TRUE(out);
  EXPECT_EQ(gst_buffer_get_n_meta(out.get(), GST_VIDEO_TIME_CODE_META_API_TYPE), 1U);
  const GstVideoTimeCodeMeta* code = gst_buffer_get_video_time_code_meta(out.get());
  EXPECT_EQ(code->tc.minutes, 2U);
  EXPECT_EQ(code->tc.frames, 4U);
  EXPECT_EQ(gst_buffer_get_n_meta(out.get(), GST_REFERENCE_TIMESTAMP_META_API_TYPE), 1U);
  const auto* stamp = gst_buffer_get_reference_timestamp_meta(out.get(), reference.get());
  ASSERT_TRUE(stamp);
  EXPECT_EQ(stamp->timestamp, 123 * GST_SECOND);
  EXPECT_EQ(stamp->duration, 5U);
}

TEST_F(Metadata, RegionOfInterestMetasPassOnceWithParameters) {
  auto buffer = makeBuffer();
  GstVideoRegionOfInterestMeta* face =
      gst_buffer_add_video_region_of_interest_meta(buffer.get(), "face", 1, 2, 3, 4);
  gst_video_region_of_interest_meta_add_param(face, gst_structure_new_empty("roi/test"));
  gst_buffer_add_video_region_of_interest_meta(buffer.get(), "car", 5, 6, 7, 8);
  const auto out = translate(std::move(buffer));
  ASSERT_TRUE(out);
  EXPECT_EQ(gst_buffer_get_n_meta(out.get(), GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE), 2U);
  gpointer state = nullptr;
  const auto* first = reinterpret_cast<GstVideoRegionOfInterestMeta*>(
      gst_buffer_iterate_meta_filtered(out.get(), &state, GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE));
  EXPECT_STREQ(g_quark_to_string(first->roi_type), "face");
  EXPECT_EQ(first->h, 4U);
  EXPECT_TRUE(gst_video_region_of_interest_meta_get_param(const_cast<GstVideoRegionOfInterestMeta*>(first),
                                                          "roi/test"));
}

TEST_F(Metadata, CropMetaPasses) {
  auto buffer = makeBuffer();
  GstVideoCropMeta* crop = gst_buffer_add_video_crop_meta(buffer.get());
  crop->x = 1;
  crop->y = 2;
  crop->width = 9;
  crop->height = 5;
  const auto out = translate(std::move(buffer));
  ASSERT_TRUE(out);
  ASSERT_EQ(gst_buffer_get_n_meta(out.get(), GST_VIDEO_CROP_META_API_TYPE), 1U);
  EXPECT_EQ(gst_buffer_get_video_crop_meta(out.get())->width, 9U);
}

TEST_F(Metadata, CustomMetaPasses) {
  const gchar* tags[] = {GST_META_TAG_VIDEO_STR, GST_META_TAG_VIDEO_COLORSPACE_STR, nullptr};
  gst_meta_register_custom("CutTestMeta", tags, nullptr, nullptr, nullptr);
  auto buffer = makeBuffer();
  GstCustomMeta* meta = gst_buffer_add_custom_meta(buffer.get(), "CutTestMeta");
  gst_structure_set(gst_custom_meta_get_structure(meta), "steering", G_TYPE_DOUBLE, 0.25, nullptr);
  const auto out = translate(std::move(buffer));
  ASSERT_TRUE(out);
  GstCustomMeta* passed = gst_buffer_get_custom_meta(out.get(), "CutTestMeta");
  ASSERT_TRUE(passed);
  double steering = 0;
  gst_structure_get_double(gst_custom_meta_get_structure(passed), "steering", &steering);
  EXPECT_EQ(steering, 0.25);
  EXPECT_EQ(gst_buffer_get_n_meta(out.get(), passed->meta.info->api), 1U);
}

TEST_F(Metadata, MetasDoNotAccumulateOverFrames) {
  for (int i = 0; i < 10; ++i) {
    auto buffer = makeBuffer();
    gst_buffer_add_video_region_of_interest_meta(buffer.get(), "face", 1, 2, 3, 4);
    const auto out = translate(std::move(buffer));
    ASSERT_TRUE(out);
    EXPECT_EQ(gst_buffer_get_n_meta(out.get(), GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE), 1U)
        << "frame " << i;
    EXPECT_LE(countMetas(out.get()), 3) << "the region, GstVideoMeta, GstCutTranslateMeta";
  }
}

TEST_F(Metadata, SharedInputIsNotModified) {
  auto buffer = makeBuffer();
  const BufferPtr kept(gst_buffer_ref(buffer.get()));
  const auto out = translate(std::move(buffer));
  ASSERT_TRUE(out);
  EXPECT_NE(out.get(), kept.get());
  const std::vector<guint8> expected(16 * 8 * 3, 70);
  EXPECT_EQ(gst_buffer_memcmp(kept.get(), 0, expected.data(), expected.size()), 0);
}

TEST_F(Metadata, WritableInputIsNotReusedAsOutput) {
  // In-place would not be faster, and a writable buffer may have shared memory.
  auto buffer = makeBuffer();
  const GstMemory* memory = gst_buffer_peek_memory(buffer.get(), 0);
  const auto out = translate(std::move(buffer));
  ASSERT_TRUE(out);
  EXPECT_NE(gst_buffer_peek_memory(out.get(), 0), memory);
}

TEST_F(Metadata, ReadOnlyInputIsTranslated) {
  static guint8 pixels[16 * 8 * 3] = {1, 2, 3};
  BufferPtr buffer(gst_buffer_new_wrapped_full(GST_MEMORY_FLAG_READONLY, pixels, sizeof pixels, 0,
                                               sizeof pixels, nullptr, nullptr));
  EXPECT_TRUE(translate(std::move(buffer)));
}

}  // namespace
}  // namespace cut::test
