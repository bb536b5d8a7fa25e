// SPDX-License-Identifier: MIT
// Properties that change between two frames, and the GstCutTranslateMeta of outputs.
#include <gst/controller/controller.h>

#include <vector>

#include "live_fixture.hpp"

namespace cut::test {
namespace {

class ControlProperties : public LiveTest {
 protected:
  static std::vector<guint8> bytesOf(GstBuffer* buffer) {
    std::vector<guint8> bytes(gst_buffer_get_size(buffer));
    gst_buffer_extract(buffer, 0, bytes.data(), bytes.size());
    return bytes;
  }

  int begunFrames() const { return fake().frames; }
};

TEST_F(ControlProperties, StrengthBlendsInputAndTranslation) {
  EXPECT_EQ(translated(55), 200);
  set("strength", 0.5);
  EXPECT_NEAR(translated(55), 128, 1);
  set("strength", 0.25);
  EXPECT_NEAR(translated(55), 91, 1);
  set("strength", 1.0);
  EXPECT_EQ(translated(55), 200);
}

TEST_F(ControlProperties, EngineIsNotAskedWhereTheOutputShowsNoTranslation) {
  EXPECT_EQ(translated(55), 200);
  const int before = begunFrames();
  set("strength", 0.0);
  EXPECT_EQ(translated(55), 55);
  set("strength", 1.0, "enabled", FALSE);
  EXPECT_EQ(translated(56), 56);
  set("enabled", TRUE);
  setText("output", "original");
  EXPECT_EQ(translated(57), 57);
  setText("output", "split");
  set("split-position", 1.0);
  EXPECT_EQ(translated(58), 58);
  EXPECT_EQ(begunFrames(), before);
  set("split-position", 0.0);
  EXPECT_EQ(translated(55), 200);
}

TEST_F(ControlProperties, SplitShowsTheInputOnTheLeft) {
  setText("output", "split");
  set("split-position", 0.25);
  ASSERT_EQ(push(55), GST_FLOW_OK);
  const BufferPtr out = pull();
  ASSERT_TRUE(out);
  const auto bytes = bytesOf(out.get());
  for (std::size_t i = 0; i < bytes.size(); ++i) ASSERT_EQ(bytes[i], i % 48 < 4 * 3 ? 55 : 200) << i;
}

TEST_F(ControlProperties, SplitCopiesYuvInputBitExactly) {
  for (const char* format : {"I420", "NV12", "YUY2", "UYVY", "P010_10LE", "GRAY8"}) {
    const std::string model = std::string(format) == "GRAY8" ? grey_ : model_;
    element_.reset();
    harness_.reset();
    element_ = makeElement(model);
    harness_ = makeHarness(element_.get(), videoCaps(format, 16, 8));
    setText("output", "split");
    GstVideoInfo info;
    gst_video_info_from_caps(&info, capsOf(videoCaps(format, 16, 8)).get());
    const BufferPtr in = frame(100, 0, info.size);
    ASSERT_EQ(gst_harness_push(harness_.get(), gst_buffer_ref(in.get())), GST_FLOW_OK);
    const BufferPtr out = pull();
    ASSERT_TRUE(out) << format;
    GstVideoFrame a, b;
    ASSERT_TRUE(gst_video_frame_map(&a, &info, in.get(), GST_MAP_READ));
    ASSERT_TRUE(gst_video_frame_map(&b, &info, out.get(), GST_MAP_READ));
    const guint components = GST_VIDEO_FRAME_N_COMPONENTS(&a);
    bool differs = false;
    for (guint c = 0; c < components; ++c)
      for (int x = 0; x < GST_VIDEO_FRAME_COMP_WIDTH(&a, c); ++x) {
        const int at = x * GST_VIDEO_FRAME_COMP_PSTRIDE(&a, c);
        const bool same = GST_VIDEO_FRAME_COMP_DATA(&a, c)[at] == GST_VIDEO_FRAME_COMP_DATA(&b, c)[at];
        if (x < GST_VIDEO_FRAME_COMP_WIDTH(&a, c) / 2)
          EXPECT_TRUE(same) << format << " component " << c << " column " << x;
        else
          differs = differs || !same;
      }
    EXPECT_TRUE(differs) << format;
    gst_video_frame_unmap(&a);
    gst_video_frame_unmap(&b);
  }
}

TEST_F(ControlProperties, ChangesSendNoCapsOrSegmentEvent) {
  ASSERT_EQ(translated(55), 200);
  while (const Owned<GstEvent> event{gst_harness_try_pull_event(harness_.get())}) {
  }
  for (const char* output : {"original", "split", "translated"}) {
    setText("output", output);
    ASSERT_NE(translated(1), -1);
  }
  set("enabled", FALSE);
  ASSERT_NE(translated(1), -1);
  EXPECT_FALSE(Owned<GstEvent>(gst_harness_try_pull_event(harness_.get()))) << "no caps, no segment";
}

TEST_F(ControlProperties, GstControllerSetsStrengthPerFrame) {
  GstControlSource* source = gst_interpolation_control_source_new();
  g_object_set(source, "mode", GST_INTERPOLATION_MODE_LINEAR, nullptr);
  gst_object_add_control_binding(
      GST_OBJECT(element_.get()),
      gst_direct_control_binding_new_absolute(GST_OBJECT(element_.get()), "strength", source));
  auto* values = GST_TIMED_VALUE_CONTROL_SOURCE(source);
  gst_timed_value_control_source_set(values, 0, 0.0);
  gst_timed_value_control_source_set(values, 10 * frameTime, 1.0);
  gst_object_unref(source);
  EXPECT_EQ(translated(55, 0), 55);
  EXPECT_NEAR(translated(55, 5), 128, 1);
  EXPECT_EQ(translated(55, 10), 200);
}

class FrameMeta : public LiveTest {};

TEST_F(FrameMeta, TranslatedFrameHasModelAndInferenceTime) {
  fake().frameMs = 5;
  set("strength", 0.75);
  ASSERT_EQ(push(1), GST_FLOW_OK);
  const BufferPtr out = pull();
  const GstCutTranslateInfo info = infoOf(out.get());
  EXPECT_EQ(info.model, model_);
  EXPECT_TRUE(info.translated);
  EXPECT_STREQ(info.outcome, "translated");
  EXPECT_STREQ(info.reason, "");
  EXPECT_GE(info.inference_time, 4 * GST_MSECOND);
  EXPECT_EQ(info.strength, 0.75);
}

TEST_F(FrameMeta, PassedFrameHasOutcomeAndReason) {
  set("enabled", FALSE);
  ASSERT_EQ(push(1), GST_FLOW_OK);
  const BufferPtr out = pull();
  const GstCutTranslateInfo info = infoOf(out.get());
  EXPECT_FALSE(info.translated);
  EXPECT_STREQ(info.outcome, "passed");
  EXPECT_STREQ(info.reason, "disabled");
  EXPECT_EQ(info.inference_time, 0U);
  EXPECT_EQ(info.strength, 0);
}

TEST_F(FrameMeta, BufferWithoutMetaReturnsFalse) {
  GstCutTranslateInfo info{};
  EXPECT_FALSE(gst_buffer_get_cut_translate_info(frame(1).get(), &info));
}

TEST_F(FrameMeta, SecondElementReplacesTheMetaOfTheFirst) {
  const HarnessPtr chain(gst_harness_new_parse(("cuttranslate model=" + launchWord(model_) +
                                                " ! cuttranslate enabled=false model=" + launchWord(model_))
                                                   .c_str()));
  gst_harness_set_src_caps(chain.get(), capsOf(videoCaps("RGB", 16, 8)).release());
  ASSERT_EQ(gst_harness_push(chain.get(), frame(1).release()), GST_FLOW_OK);
  const BufferPtr out(gst_harness_try_pull(chain.get()));
  ASSERT_TRUE(out);
  EXPECT_STREQ(infoOf(out.get()).outcome, "passed");
}

}  // namespace
}  // namespace cut::test
