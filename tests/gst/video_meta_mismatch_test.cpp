// SPDX-License-Identifier: MIT
// A GstVideoMeta that contradicts its buffer or the caps: a FORMAT error with the numbers of both.
#include <gmock/gmock.h>

#include "element_fixture.hpp"

namespace cut::test {
namespace {

using testing::HasSubstr;

class VideoMetaMismatch : public ElementTest {
 protected:
  // The error for a 16x8 frame of `format` with this meta, in a buffer of the size that the caps need.
  std::string errorOf(const std::string& format, GstVideoMeta said) const {
    const std::string caps = videoCaps(format, 16, 8);
    GstVideoInfo info;
    EXPECT_TRUE(gst_video_info_from_caps(&info, capsOf(caps).get()));
    const auto element = makeElement();
    const auto harness = makeHarness(element.get(), caps);
    GstBuffer* buffer = gst_buffer_new_allocate(nullptr, info.size, nullptr);
    gst_buffer_memset(buffer, 0, 1, info.size);
    gst_buffer_add_video_meta_full(buffer, GST_VIDEO_FRAME_FLAG_NONE, said.format, said.width, said.height,
                                   said.n_planes, said.offset, said.stride);
    EXPECT_EQ(gst_harness_push(harness.get(), buffer), GST_FLOW_ERROR);
    std::string text = expectError(GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT);
    EXPECT_THAT(text, HasSubstr("unusable buffer from upstream: "));
    EXPECT_THAT(text, HasSubstr("expected"));
    return text;
  }

  static GstVideoMeta rgb(gsize offset, gint stride, guint width = 16, guint height = 8) {
    GstVideoMeta meta{};
    meta.format = GST_VIDEO_FORMAT_RGB;
    meta.width = width;
    meta.height = height;
    meta.n_planes = 1;
    meta.offset[0] = offset;
    meta.stride[0] = stride;
    return meta;
  }

  static GstVideoMeta nv12(gsize luma, gint lumaStride, gsize chroma, gint chromaStride) {
    GstVideoMeta meta = rgb(luma, lumaStride);
    meta.format = GST_VIDEO_FORMAT_NV12;
    meta.n_planes = 2;
    meta.offset[1] = chroma;
    meta.stride[1] = chromaStride;
    return meta;
  }
};

TEST_F(VideoMetaMismatch, RowsOutsideTheBufferAreAFormatError) {
  EXPECT_THAT(errorOf("RGB", rgb(0, -48)), HasSubstr("from byte 0 on, with a stride of -48"));
  EXPECT_THAT(errorOf("RGB", rgb(1, 48)), HasSubstr("from byte 1 on"));
  EXPECT_THAT(errorOf("RGB", rgb(337, -48)), HasSubstr("within its 384 bytes"));
  EXPECT_THAT(errorOf("RGB", rgb(0, 4096)), HasSubstr("a stride of 4096"));
  EXPECT_THAT(errorOf("RGB", rgb(384, 48)), HasSubstr("all planes"));
  EXPECT_THAT(errorOf("RGB", rgb(G_MAXSIZE - 10, 48)), HasSubstr("all planes"));
  EXPECT_THAT(errorOf("NV12", nv12(0, 16, 140, 16)),
              HasSubstr("plane 1 has 4 rows of 16 bytes from byte 140"));
  EXPECT_THAT(errorOf("NV12", nv12(0, 16, 128, 22)), HasSubstr("a stride of 22"));
  EXPECT_THAT(errorOf("NV12", nv12(0, G_MAXINT, 128, 16)), HasSubstr("plane 0"));
  EXPECT_THAT(errorOf("NV12", nv12(0, 16, 128, G_MININT)), HasSubstr("plane 1"));
}

TEST_F(VideoMetaMismatch, OverlappingRowsAreAFormatError) {
  EXPECT_THAT(errorOf("RGB", rgb(0, 40)), HasSubstr("do not overlap"));
  EXPECT_THAT(errorOf("RGB", rgb(300, -40)), HasSubstr("do not overlap"));
  EXPECT_THAT(errorOf("RGB", rgb(0, 0)), HasSubstr("do not overlap"));
}

TEST_F(VideoMetaMismatch, MetaOfOtherVideoThanTheCapsIsAFormatError) {
  EXPECT_THAT(errorOf("RGB", rgb(0, 24, 8, 8)), HasSubstr("RGB of 8x8 in 1 planes; expected RGB of 16x8"));
  EXPECT_THAT(errorOf("RGB", rgb(0, 48, 16, 7)), HasSubstr("RGB of 16x7"));
  EXPECT_THAT(errorOf("BGR", rgb(0, 48)), HasSubstr("RGB of 16x8 in 1 planes; expected BGR"));
  GstVideoMeta onePlane = nv12(0, 16, 128, 16);
  onePlane.n_planes = 1;
  EXPECT_THAT(errorOf("NV12", onePlane), HasSubstr("NV12 of 16x8 in 1 planes; expected NV12 of 16x8 in 2"));
}

// A single row needs no stride.
TEST_F(VideoMetaMismatch, ZeroStrideOfASingleRowIsAccepted) {
  const auto element = makeElement();
  const auto harness = makeHarness(element.get(), videoCaps("RGB", 16, 1));
  GstBuffer* buffer = gst_buffer_new_allocate(nullptr, 48, nullptr);
  gst_buffer_memset(buffer, 0, 1, 48);
  GstVideoMeta said = rgb(0, 0);
  gst_buffer_add_video_meta_full(buffer, GST_VIDEO_FRAME_FLAG_NONE, said.format, 16, 1, 1, said.offset,
                                 said.stride);
  EXPECT_EQ(gst_harness_push(harness.get(), buffer), GST_FLOW_OK);
  EXPECT_FALSE(popError());
}

}  // namespace
}  // namespace cut::test
