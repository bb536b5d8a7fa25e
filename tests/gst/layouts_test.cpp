// SPDX-License-Identifier: MIT
// Strides, plane order and memories of input and output buffers do not change the picture.
#include <algorithm>
#include <vector>

#include "element_fixture.hpp"

namespace cut::test {
namespace {

struct Layout {
  const char* name;
  bool bottomUp = false;
  bool lastPlaneFirst = false;
  gint padding = 0;  // bytes between rows
  gsize before = 0;  // bytes before each plane
  gsize memory = 0;  // bytes in each GstMemory; 0: there is one
};

const Layout plain{"plain"};
const std::vector<Layout> layouts{
    {.name = "bottom-up", .bottomUp = true},
    {.name = "bottom-up with padded rows", .bottomUp = true, .padding = 13},
    {.name = "padded rows and planes", .padding = 16, .before = 37},
    {.name = "planes in another order", .lastPlaneFirst = true, .before = 5},
    {.name = "several memories", .memory = 100},
    {.name = "all of that",
     .bottomUp = true,
     .lastPlaneFirst = true,
     .padding = 3,
     .before = 7,
     .memory = 61},
};

gint rowsOf(const GstVideoInfo& info, guint plane) {
  guint component = 0;
  while (GST_VIDEO_INFO_COMP_PLANE(&info, component) != plane) ++component;
  return GST_VIDEO_INFO_COMP_HEIGHT(&info, component);
}

// Bytes of a plane's row without padding; in YUY2 the last macropixel is whole.
gint rowBytes(const GstVideoInfo& info, guint plane) {
  gint bytes = 0;
  for (guint i = 0; i < GST_VIDEO_INFO_N_COMPONENTS(&info); ++i)
    if (GST_VIDEO_INFO_COMP_PLANE(&info, i) == plane)
      bytes = std::max(bytes, GST_VIDEO_INFO_COMP_WIDTH(&info, i) * GST_VIDEO_INFO_COMP_PSTRIDE(&info, i));
  return bytes;
}

// A buffer for `info` whose pixels are `byte` of plane, row and column, with a GstVideoMeta that says where.
struct Laid {
  std::vector<guint8> bytes;
  gsize offset[GST_VIDEO_MAX_PLANES]{};
  gint stride[GST_VIDEO_MAX_PLANES]{};
};

Laid lay(const GstVideoInfo& info, const Layout& layout) {
  Laid laid;
  const guint planes = GST_VIDEO_INFO_N_PLANES(&info);
  for (guint i = 0; i < planes; ++i) {
    const guint plane = layout.lastPlaneFirst ? planes - 1 - i : i;
    const gint rows = rowsOf(info, plane);
    const gint stride = rowBytes(info, plane) + layout.padding;
    const gsize start = laid.bytes.size() + layout.before;
    laid.bytes.resize(start + static_cast<gsize>(stride) * static_cast<gsize>(rows), 99);
    laid.offset[plane] =
        layout.bottomUp ? start + static_cast<gsize>(stride) * static_cast<gsize>(rows - 1) : start;
    laid.stride[plane] = layout.bottomUp ? -stride : stride;
  }
  return laid;
}

BufferPtr bufferOf(const GstVideoInfo& info, const Layout& layout, Laid laid) {
  BufferPtr buffer(gst_buffer_new());
  const gsize part = layout.memory > 0 ? layout.memory : laid.bytes.size();
  for (gsize at = 0; at < laid.bytes.size(); at += part) {
    const gsize size = std::min(part, laid.bytes.size() - at);
    gst_buffer_append_memory(buffer.get(), gst_allocator_alloc(nullptr, size, nullptr));
  }
  gst_buffer_fill(buffer.get(), 0, laid.bytes.data(), laid.bytes.size());
  gst_buffer_add_video_meta_full(buffer.get(), GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_INFO_FORMAT(&info),
                                 static_cast<guint>(info.width), static_cast<guint>(info.height),
                                 GST_VIDEO_INFO_N_PLANES(&info), laid.offset, laid.stride);
  return buffer;
}

BufferPtr picture(const GstVideoInfo& info, const Layout& layout) {
  Laid laid = lay(info, layout);
  for (guint plane = 0; plane < GST_VIDEO_INFO_N_PLANES(&info); ++plane)
    for (gint y = 0; y < rowsOf(info, plane); ++y)
      for (gint x = 0; x < rowBytes(info, plane); ++x)
        laid.bytes[laid.offset[plane] + static_cast<gsize>(gssize{y} * laid.stride[plane] + x)] =
            static_cast<guint8>(60 + 40 * plane + 8 * static_cast<guint>(y) + static_cast<guint>(x));
  return bufferOf(info, layout, laid);
}

// The pixels of a buffer without padding: its planes in order, rows from top to bottom.
std::vector<guint8> shown(const GstVideoInfo& info, GstBuffer* buffer) {
  std::vector<guint8> all(gst_buffer_get_size(buffer));
  gst_buffer_extract(buffer, 0, all.data(), all.size());
  const GstVideoMeta* meta = gst_buffer_get_video_meta(buffer);
  std::vector<guint8> pixels;
  for (guint plane = 0; plane < GST_VIDEO_INFO_N_PLANES(&info); ++plane)
    for (gint y = 0; y < rowsOf(info, plane); ++y) {
      const gssize stride = meta ? meta->stride[plane] : info.stride[plane];
      const auto offset = static_cast<gssize>(meta ? meta->offset[plane] : info.offset[plane]);
      const auto row = all.begin() + offset + y * stride;
      pixels.insert(pixels.end(), row, row + rowBytes(info, plane));
    }
  return pixels;
}

GstVideoInfo infoOf(const std::string& caps) {
  GstVideoInfo info;
  EXPECT_TRUE(gst_video_info_from_caps(&info, capsOf(caps).get()));
  return info;
}

class InputLayout : public ElementTest {
 protected:
  // The output for the picture in this layout.
  std::vector<guint8> translated(GstHarness* harness, const GstVideoInfo& info, const Layout& layout) const {
    EXPECT_EQ(gst_harness_push(harness, picture(info, layout).release()), GST_FLOW_OK);
    if (const auto error = popError()) ADD_FAILURE() << error->text;
    const BufferPtr out(gst_harness_try_pull(harness));
    return out ? shown(info, out.get()) : std::vector<guint8>{};
  }

  const std::vector<std::string> formats_{"RGB",  "BGRA", "GRAY8",     "NV12",     "I420",
                                          "YV12", "YUY2", "P010_10LE", "Y42B",     "AYUV",
                                          "v308", "GBR",  "I422_10LE", "A420_10LE"};
};

TEST_F(InputLayout, StrideOrderAndMemoriesDoNotChangeTheOutput) {
  for (const auto& format : formats_) {
    const std::string caps = videoCaps(format, format == "YUY2" ? 16 : 15, 9);  // it has no odd widths
    const GstVideoInfo info = infoOf(caps);
    const auto element = makeElement(format == "GRAY8" ? grey_ : model_);
    const auto harness = makeHarness(element.get(), caps);
    const auto expected = translated(harness.get(), info, plain);
    ASSERT_FALSE(expected.empty());
    for (const Layout& layout : layouts)
      EXPECT_EQ(translated(harness.get(), info, layout), expected) << format << ", " << layout.name;
  }
}

// The same bytes read bottom-up are the picture that videoflip flips vertically.
TEST_F(InputLayout, BottomUpFrameEqualsVideoflip) {
  for (const char* format : {"RGB", "I420", "NV12"}) {
    const std::string caps = videoCaps(format, 16, 8);
    const GstVideoInfo info = infoOf(caps);
    const HarnessPtr flip(gst_harness_new_parse("videoflip video-direction=vert"));
    gst_harness_set_src_caps(flip.get(), capsOf(caps).release());
    ASSERT_EQ(gst_harness_push(flip.get(), picture(info, plain).release()), GST_FLOW_OK);
    BufferPtr flipped(gst_harness_try_pull(flip.get()));
    ASSERT_TRUE(flipped);
    Laid laid = lay(info, {.name = "read bottom-up", .bottomUp = true});
    gst_buffer_extract(picture(info, plain).get(), 0, laid.bytes.data(), laid.bytes.size());
    const auto element = makeElement();
    const auto harness = makeHarness(element.get(), caps);
    ASSERT_EQ(gst_harness_push(harness.get(), bufferOf(info, plain, laid).release()), GST_FLOW_OK);
    ASSERT_EQ(gst_harness_push(harness.get(), flipped.release()), GST_FLOW_OK);
    const BufferPtr bottomUp(gst_harness_try_pull(harness.get()));
    const BufferPtr turned(gst_harness_try_pull(harness.get()));
    EXPECT_EQ(shown(info, bottomUp.get()), shown(info, turned.get())) << format;
  }
}

// A pool whose buffers are laid out as `layoutOfPool` says.
Layout layoutOfPool = plain;
GstVideoInfo infoOfPool;
GType poolType() {
  static const GType type = g_type_register_static_simple(
      GST_TYPE_BUFFER_POOL, "CutLayoutPool", sizeof(GstBufferPoolClass),
      [](gpointer klass, gpointer) {
        GST_BUFFER_POOL_CLASS(klass)->alloc_buffer = [](GstBufferPool*, GstBuffer** buffer,
                                                        GstBufferPoolAcquireParams*) {
          *buffer = bufferOf(infoOfPool, layoutOfPool, lay(infoOfPool, layoutOfPool)).release();
          return GST_FLOW_OK;
        };
      },
      sizeof(GstBufferPool), nullptr, static_cast<GTypeFlags>(0));
  return type;
}

class OutputLayout : public InputLayout {
 protected:
  // A harness whose sink pad proposes such a pool.
  HarnessPtr before(GstElement* element, const std::string& caps, const Layout& layout) const {
    layoutOfPool = layout;
    infoOfPool = infoOf(caps);
    HarnessPtr harness(gst_harness_new_with_element(element, "sink", "src"));
    gst_pad_add_probe(
        harness->sinkpad, GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM,
        [](GstPad*, GstPadProbeInfo* info, gpointer) {
          GstQuery* query = GST_PAD_PROBE_INFO_QUERY(info);
          if (GST_QUERY_TYPE(query) != GST_QUERY_ALLOCATION) return GST_PAD_PROBE_OK;
          auto* pool = static_cast<GstBufferPool*>(g_object_new(poolType(), nullptr));
          const auto size = static_cast<guint>(lay(infoOfPool, layoutOfPool).bytes.size());
          gst_query_add_allocation_pool(query, pool, size, 0, 0);
          gst_query_add_allocation_meta(query, GST_VIDEO_META_API_TYPE, nullptr);
          gst_object_unref(pool);
          return GST_PAD_PROBE_HANDLED;
        },
        nullptr, nullptr);
    gst_harness_set_src_caps(harness.get(), capsOf(caps).release());
    return harness;
  }
};

TEST_F(OutputLayout, OutputKeepsTheLayoutOfDownstreamsPool) {
  for (const auto& format : formats_) {
    const std::string caps = videoCaps(format, format == "YUY2" ? 16 : 15, 9);  // it has no odd widths
    const GstVideoInfo info = infoOf(caps);
    const auto& model = format == "GRAY8" ? grey_ : model_;
    const auto reference = makeElement(model);
    const auto expected = translated(makeHarness(reference.get(), caps).get(), info, plain);
    for (const Layout& layout : layouts) {
      SCOPED_TRACE(format + ", " + layout.name);
      const auto element = makeElement(model);
      const auto harness = before(element.get(), caps, layout);
      ASSERT_EQ(gst_harness_push(harness.get(), picture(info, plain).release()), GST_FLOW_OK);
      const BufferPtr out(gst_harness_try_pull(harness.get()));
      ASSERT_TRUE(out);
      const GstVideoMeta* meta = gst_buffer_get_video_meta(out.get());
      ASSERT_TRUE(meta);
      EXPECT_EQ(meta->stride[0], lay(info, layout).stride[0]) << "the pool's own buffer";
      EXPECT_EQ(shown(info, out.get()), expected);
    }
  }
}

TEST_F(OutputLayout, RepeatedOutputIsEqualInAnyLayout) {
  const std::string caps = videoCaps("RGB", 15, 9);
  const GstVideoInfo info = infoOf(caps);
  for (const Layout& layout : layouts) {
    SCOPED_TRACE(layout.name);
    const auto element = makeElement();
    gst_util_set_object_arg(G_OBJECT(element.get()), "on-error", "repeat");
    const auto harness = before(element.get(), caps, layout);
    const auto first = translated(harness.get(), info, layout);
    const Environment fault("CUT_FAKE_FAULT", "translate");
    EXPECT_EQ(translated(harness.get(), info, plain), first);
  }
}

}  // namespace
}  // namespace cut::test
