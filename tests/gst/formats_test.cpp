// SPDX-License-Identifier: MIT
// Every format against the engine's own output, converted in double precision: sizes, strides, colorimetry.
// The fake engine inverts colours, which shows every wrong channel, offset, matrix and range.
#include "formats.hpp"

#include <cmath>

#include "test_picture.hpp"

namespace cut::test {
namespace {

const std::pair<int, int> sizes[] = {{37, 23}, {1, 1}, {2, 3}, {5, 1}, {64, 48}};

class FormatTest : public ElementTest, public testing::WithParamInterface<std::string> {
 protected:
  // The element's output for `picture`.
  Picture outputFor(const Picture& picture) const {
    const auto element = makeElement();
    const auto harness = makeHarness(element.get(), picture.caps);
    return translate(harness.get(), picture);
  }

  std::shared_ptr<SharedModel> shared_ = SharedModel::open(model_, {});
};

class RgbFormat : public FormatTest {
 protected:
  void expectWithinALevel(const Picture& in) const {
    const Picture out = outputFor(in);
    ASSERT_TRUE(out.buffer);
    EXPECT_LE(compare(out, expectedTranslation(*shared_, in)).largest, 1);
    EXPECT_FALSE(compare(out, in).alphaDiffers) << "alpha, or the padding byte of RGBx, is kept";
  }
};

TEST_P(RgbFormat, AnySizeIsWithinOneLevelAndKeepsAlpha) {
  for (const auto& [width, height] : sizes) {
    SCOPED_TRACE(testing::Message() << width << "x" << height);
    expectWithinALevel(makePicture(videoCaps(GetParam(), width, height)));
  }
}

TEST_P(RgbFormat, AnyStrideIsWithinOneLevel) {
  for (const Padding padding : {Padding{1, 0}, Padding{13, 5}, Padding{64, 128}})
    expectWithinALevel(makePicture(videoCaps(GetParam(), 37, 23), padding));
}

INSTANTIATE_TEST_SUITE_P(All, RgbFormat, testing::ValuesIn(rgbFormats()),
                         [](const auto& format) { return format.param; });

class YuvFormat : public FormatTest {
 protected:
  void expectClose(const Picture& in) const {
    const Picture out = outputFor(in);
    ASSERT_TRUE(out.buffer);
    EXPECT_STREQ(gst_video_format_to_string(GST_VIDEO_INFO_FORMAT(&out.info)), GetParam().c_str());
    const Difference difference = compare(out, expectedTranslation(*shared_, in));
    // Filtered chroma is a sum of eighths, so that ties are common; one may be rounded the other way, of the
    // format's own depth.
    EXPECT_LE(difference.largest, std::ldexp(1, 8 - static_cast<int>(in.info.finfo->depth[0])));
    EXPECT_LE(difference.differing, in.info.width * in.info.height > 100 ? 0.06 : 0.5);
    EXPECT_FALSE(difference.alphaDiffers);
  }
};

TEST_P(YuvFormat, AnySizeMatchesDoublePrecision) {
  for (const auto& [width, height] : sizes) {
    SCOPED_TRACE(testing::Message() << width << "x" << height);
    expectClose(makePicture(videoCaps(GetParam(), width, height)));
  }
}

TEST_P(YuvFormat, AnyStrideMatchesDoublePrecision) {
  for (const Padding padding : {Padding{2, 0}, Padding{14, 6}, Padding{64, 128}})
    expectClose(makePicture(videoCaps(GetParam(), 37, 23), padding));
}

TEST_P(YuvFormat, EachColorimetryMatchesDoublePrecision) {
  for (const auto& colorimetry : colorimetries()) {
    SCOPED_TRACE(colorimetry);
    expectClose(makePicture(videoCaps(GetParam(), 37, 23, ",colorimetry=" + colorimetry)));
  }
}

TEST_P(YuvFormat, EachChromaSiteMatchesDoublePrecision) {
  for (const char* site : {"mpeg2", "jpeg", "dv"}) {
    SCOPED_TRACE(site);
    expectClose(makePicture(videoCaps(GetParam(), 38, 24, std::string(",chroma-site=") + site)));
  }
}

// Blocks of one colour each, larger than the area of a chroma sample.
Picture blocks() {
  Picture picture = makePicture(videoCaps("RGB", 64, 48));
  GstMapInfo map;
  gst_buffer_map(picture.buffer.get(), &map, GST_MAP_WRITE);
  for (int y = 0; y < 48; ++y)
    for (int x = 0; x < 64; ++x)
      for (int c = 0; c < 3; ++c)
        map.data[y * 192 + x * 3 + c] =
            static_cast<guint8>(40 + (37 * (x / 16) + 53 * (y / 16) + 71 * c) % 176);
  gst_buffer_unmap(picture.buffer.get(), &map);
  return picture;
}

// videoconvert has its own table of sample layouts; its levels are not exact.
TEST_P(YuvFormat, SampleLayoutMatchesVideoconvert) {
  const Picture rgb = blocks();
  const Picture out = convert(outputFor(convert(rgb, videoCaps(GetParam(), 64, 48))), rgb.caps);
  ASSERT_TRUE(out.buffer);
  GstMapInfo in, translated;
  gst_buffer_map(rgb.buffer.get(), &in, GST_MAP_READ);
  gst_buffer_map(out.buffer.get(), &translated, GST_MAP_READ);
  for (int y = 8; y < 48; y += 16)
    for (int x = 8; x < 64; x += 16)
      for (int c = 0; c < 3; ++c) {
        const int at = y * 192 + x * 3 + c;
        EXPECT_NEAR(translated.data[at], 255 - in.data[at], 8) << x << "," << y << " channel " << c;
      }
  gst_buffer_unmap(rgb.buffer.get(), &in);
  gst_buffer_unmap(out.buffer.get(), &translated);
}

INSTANTIATE_TEST_SUITE_P(All, YuvFormat, testing::ValuesIn(yuvFormats()),
                         [](const auto& format) { return format.param; });

class Gray8Format : public ElementTest {};

TEST_F(Gray8Format, AnySizeAndStrideIsBitExact) {
  const auto shared = SharedModel::open(grey_, {});
  for (const auto& [width, height] : sizes)
    for (const Padding padding : {Padding{}, Padding{13, 5}}) {
      const Picture in = makePicture(videoCaps("GRAY8", width, height), padding);
      const auto element = makeElement(grey_);
      const auto harness = makeHarness(element.get(), in.caps);
      const Picture out = translate(harness.get(), in);
      ASSERT_TRUE(out.buffer);
      EXPECT_EQ(compare(out, reference(*shared, in)).largest, 0);
    }
}

// Makes downstream propose a pool whose frames have `padding` bytes at the right, as a hardware encoder does.
class PaddedPool {
 public:
  explicit PaddedPool(const std::string& caps) : pool_(gst_video_buffer_pool_new()) {
    GstVideoInfo info;
    gst_video_info_from_caps(&info, capsOf(caps).get());
    GstVideoAlignment alignment;
    gst_video_alignment_reset(&alignment);
    alignment.padding_right = 30;
    alignment.padding_bottom = 4;
    alignment.padding_left = 6;
    GstStructure* config = gst_buffer_pool_get_config(pool_);
    gst_buffer_pool_config_set_params(config, capsOf(caps).get(), static_cast<guint>(info.size), 1, 0);
    gst_buffer_pool_config_add_option(config, GST_BUFFER_POOL_OPTION_VIDEO_META);
    gst_buffer_pool_config_add_option(config, GST_BUFFER_POOL_OPTION_VIDEO_ALIGNMENT);
    gst_buffer_pool_config_set_video_alignment(config, &alignment);
    EXPECT_TRUE(gst_buffer_pool_set_config(pool_, config));
    size_ = static_cast<guint>(info.size);
  }
  ~PaddedPool() { gst_object_unref(pool_); }
  PaddedPool(const PaddedPool&) = delete;
  PaddedPool& operator=(const PaddedPool&) = delete;

  void proposeAt(GstPad* pad) {
    gst_pad_add_probe(
        pad, GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM,
        [](GstPad*, GstPadProbeInfo* info, gpointer data) {
          GstQuery* query = GST_PAD_PROBE_INFO_QUERY(info);
          if (GST_QUERY_TYPE(query) != GST_QUERY_ALLOCATION) return GST_PAD_PROBE_OK;
          const auto& self = *static_cast<PaddedPool*>(data);
          gst_query_add_allocation_pool(query, self.pool_, self.size_, 1, 0);
          gst_query_add_allocation_meta(query, GST_VIDEO_META_API_TYPE, nullptr);
          return GST_PAD_PROBE_HANDLED;
        },
        this, nullptr);
  }

 private:
  GstBufferPool* pool_;
  guint size_ = 0;
};

class DownstreamPool : public FormatTest {};

TEST_P(DownstreamPool, OutputUsesThePoolsStrides) {
  const std::string caps = videoCaps(GetParam(), 36, 24);
  const auto element = makeElement();
  const HarnessPtr harness(gst_harness_new_with_element(element.get(), "sink", "src"));
  PaddedPool pool(caps);
  pool.proposeAt(harness->sinkpad);
  gst_harness_set_src_caps(harness.get(), capsOf(caps).release());
  const Picture in = makePicture(caps);
  const Picture out = translate(harness.get(), in);
  ASSERT_TRUE(out.buffer);
  const GstVideoMeta* meta = gst_buffer_get_video_meta(out.buffer.get());
  ASSERT_TRUE(meta) << "the pool was used";
  EXPECT_GT(meta->stride[0], out.info.stride[0]);
  EXPECT_LE(compare(out, expectedTranslation(*shared_, in)).largest, 1);
}

INSTANTIATE_TEST_SUITE_P(All, DownstreamPool, testing::ValuesIn(colourFormats()),
                         [](const auto& format) { return format.param; });

using UpstreamAllocationQuery = ElementTest;

TEST_F(UpstreamAllocationQuery, VideoMetaIsOffered) {
  const auto element = makeElement();
  const std::string caps = videoCaps("RGB", 36, 24);
  const auto harness = makeHarness(element.get(), caps);
  GstQuery* query = gst_query_new_allocation(capsOf(caps).get(), TRUE);
  EXPECT_TRUE(gst_pad_peer_query(harness->srcpad, query));
  EXPECT_TRUE(gst_query_find_allocation_meta(query, GST_VIDEO_META_API_TYPE, nullptr));
  gst_query_unref(query);
}

}  // namespace
}  // namespace cut::test
