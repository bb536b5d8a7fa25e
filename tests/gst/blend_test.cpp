// SPDX-License-Identifier: MIT
// blend(), copyLeft() and copyFrame() in each kind of pixel format.
#include "video_frame.hpp"

#include <gtest/gtest.h>

namespace cut::gst {
namespace {

// A frame whose bytes all have one value.
class Filled {
 public:
  Filled(GstVideoFormat format, int width, int height, guint8 value) {
    GstVideoInfo info;
    gst_video_info_set_format(&info, format, static_cast<guint>(width), static_cast<guint>(height));
    buffer_ = gst_buffer_new_allocate(nullptr, info.size, nullptr);
    gst_buffer_memset(buffer_, 0, value, info.size);
    gst_video_frame_map(&frame_, &info, buffer_, GST_MAP_READWRITE);
  }
  ~Filled() {
    gst_video_frame_unmap(&frame_);
    gst_buffer_unref(buffer_);
  }
  Filled(const Filled&) = delete;
  Filled& operator=(const Filled&) = delete;

  GstVideoFrame* get() { return &frame_; }
  guint8 byte(guint component, int x, int y) const {
    const auto* data = static_cast<const guint8*>(GST_VIDEO_FRAME_COMP_DATA(&frame_, component));
    return data[y * GST_VIDEO_FRAME_COMP_STRIDE(&frame_, component) +
                x * GST_VIDEO_FRAME_COMP_PSTRIDE(&frame_, component)];
  }

 private:
  GstBuffer* buffer_ = nullptr;
  GstVideoFrame frame_{};
};

TEST(Blend, WeightZeroKeepsAndWeightOneReplacesTheFrame) {
  for (const auto format : {GST_VIDEO_FORMAT_RGB, GST_VIDEO_FORMAT_I420, GST_VIDEO_FORMAT_GRAY8}) {
    Filled onto(format, 7, 5, 10), other(format, 7, 5, 210);
    blend(onto.get(), other.get(), 0);
    EXPECT_EQ(onto.byte(0, 6, 4), 10);
    blend(onto.get(), other.get(), 1);
    EXPECT_EQ(onto.byte(0, 6, 4), 210);
  }
}

TEST(Blend, WeightBetweenInterpolatesEveryComponent) {
  for (const auto format : {GST_VIDEO_FORMAT_BGRx, GST_VIDEO_FORMAT_NV12, GST_VIDEO_FORMAT_YUY2}) {
    Filled onto(format, 8, 4, 100), other(format, 8, 4, 200);
    blend(onto.get(), other.get(), 0.25);
    for (guint c = 0; c < 3; ++c) EXPECT_EQ(onto.byte(c, 0, 0), 125) << c;
  }
}

TEST(Blend, P010PaddingBitsStayZero) {
  Filled onto(GST_VIDEO_FORMAT_P010_10LE, 8, 4, 0), other(GST_VIDEO_FORMAT_P010_10LE, 8, 4, 0);
  const auto set = [](Filled& frame, guint16 value) {
    GST_WRITE_UINT16_LE(GST_VIDEO_FRAME_COMP_DATA(frame.get(), 0), value);
  };
  set(onto, 100 << 6);
  set(other, 301 << 6);
  blend(onto.get(), other.get(), 0.5);
  EXPECT_EQ(GST_READ_UINT16_LE(GST_VIDEO_FRAME_COMP_DATA(onto.get(), 0)), 201 << 6);
}

TEST(Blend, TenBitSamplesAreRoundedToNearest) {
  for (const auto format : {GST_VIDEO_FORMAT_P010_10LE, GST_VIDEO_FORMAT_I420_10LE}) {
    const int shift = format == GST_VIDEO_FORMAT_P010_10LE ? 6 : 0;
    Filled onto(format, 8, 4, 0), other(format, 8, 4, 0);
    GST_WRITE_UINT16_LE(GST_VIDEO_FRAME_COMP_DATA(onto.get(), 0), static_cast<guint16>(500 << shift));
    GST_WRITE_UINT16_LE(GST_VIDEO_FRAME_COMP_DATA(other.get(), 0), static_cast<guint16>(603 << shift));
    blend(onto.get(), other.get(), 0.3);
    EXPECT_EQ(GST_READ_UINT16_LE(GST_VIDEO_FRAME_COMP_DATA(onto.get(), 0)), 531 << shift) << "500 + 30.9";
  }
}

TEST(Blend, SixteenBitSamplesUseFineWeights) {
  Filled onto(GST_VIDEO_FORMAT_Y444_16LE, 8, 4, 0), other(GST_VIDEO_FORMAT_Y444_16LE, 8, 4, 0xff);
  blend(onto.get(), other.get(), 0.001);
  EXPECT_EQ(GST_READ_UINT16_LE(GST_VIDEO_FRAME_COMP_DATA(onto.get(), 0)), 66);
  blend(onto.get(), other.get(), 1);
  EXPECT_EQ(GST_READ_UINT16_LE(GST_VIDEO_FRAME_COMP_DATA(onto.get(), 0)), 65535);
}

TEST(CopyLeft, Yuv444IsSplitAtAnyColumn) {
  Filled onto(GST_VIDEO_FORMAT_Y444, 8, 2, 10), other(GST_VIDEO_FORMAT_Y444, 8, 2, 99);
  copyLeft(onto.get(), other.get(), 3.0 / 8);
  for (guint c = 0; c < 3; ++c)
    for (int x = 0; x < 8; ++x) EXPECT_EQ(onto.byte(c, x, 1), x < 3 ? 99 : 10) << x;
}

TEST(CopyLeft, PositionWithinAColumnIsRoundedToAColumn) {
  Filled onto(GST_VIDEO_FORMAT_RGB, 7, 3, 10), other(GST_VIDEO_FORMAT_RGB, 7, 3, 99);
  copyLeft(onto.get(), other.get(), 0.5);
  for (int x = 0; x < 7; ++x) EXPECT_EQ(onto.byte(2, x, 2), x < 4 ? 99 : 10) << x;
}

TEST(CopyLeft, SubsampledChromaIsSplitAtWholeSamples) {
  Filled onto(GST_VIDEO_FORMAT_I420, 6, 4, 10), other(GST_VIDEO_FORMAT_I420, 6, 4, 99);
  copyLeft(onto.get(), other.get(), 0.5);
  for (int x = 0; x < 6; ++x) EXPECT_EQ(onto.byte(0, x, 0), x < 2 ? 99 : 10) << x;
  for (int x = 0; x < 3; ++x) EXPECT_EQ(onto.byte(1, x, 0), x < 1 ? 99 : 10) << x;
}

TEST(CopyFrame, OddWidthCopiesTheLastMacropixel) {
  for (const auto format : {GST_VIDEO_FORMAT_YUY2, GST_VIDEO_FORMAT_UYVY}) {
    Filled onto(format, 5, 3, 10), other(format, 5, 3, 99);
    copyFrame(onto.get(), other.get());
    for (guint c = 0; c < 3; ++c)
      EXPECT_EQ(onto.byte(c, c == 0 ? 4 : 2, 2), 99) << gst_video_format_to_string(format) << " " << c;
  }
}

TEST(CopyLeft, PositionOneCopiesAllOfAnOddWidth) {
  Filled onto(GST_VIDEO_FORMAT_I420, 5, 3, 10), other(GST_VIDEO_FORMAT_I420, 5, 3, 99);
  copyLeft(onto.get(), other.get(), 1);
  EXPECT_EQ(onto.byte(0, 4, 2), 99);
  EXPECT_EQ(onto.byte(1, 2, 1), 99);
}

}  // namespace
}  // namespace cut::gst
