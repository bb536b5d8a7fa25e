// SPDX-License-Identifier: MIT
// Several elements, with one model or several: a fault of one does not affect the others.
#include "live_fixture.hpp"

namespace cut::test {
namespace {

class SeveralElements : public LiveTest {
 protected:
  ~SeveralElements() override {
    resetFake();
    becomesTrue([] { return fake().hanging == 0; });
  }

  // Another element in a harness; its messages are posted on bus_ too.
  HarnessPtr another(const std::string& model) {
    others_.push_back(makeElement(model));
    return makeHarness(others_.back().get(), videoCaps("RGB", 16, 8));
  }

  // The first byte of its output for a frame; -1 where there is none.
  static int translatedBy(GstHarness* harness, guint8 value) {
    if (gst_harness_push(harness, frame(value).release()) != GST_FLOW_OK) return -1;
    const BufferPtr out(gst_harness_try_pull(harness));
    return out ? firstByte(out.get()) : -1;
  }

  std::vector<ElementPtr> others_;
};

TEST_F(SeveralElements, OtherModelTranslatesWhileOneEngineHangs) {
  const HarnessPtr other = another(constantModel(9));
  fake().only = -1;
  fake().hang = true;
  set("frame-timeout", guint64{20 * GST_MSECOND});
  setText("on-error", "drop");
  EXPECT_EQ(push(1), GST_FLOW_OK);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(translatedBy(other.get(), 1), 9);
  EXPECT_EQ(fake().hanging, 1) << "during all of that";
}

TEST_F(SeveralElements, SameModelTranslatesWhileOneStreamsFramesFail) {
  const HarnessPtr other = another(model_);
  fake().fault = FrameFault::error;
  fake().onlyByte = 1;
  for (guint8 i = 2; i < 20; ++i) {
    EXPECT_EQ(push(1), GST_FLOW_ERROR);
    const auto error = popError();
    EXPECT_TRUE(error);
    EXPECT_EQ(translatedBy(other.get(), i), 255 - i);
    EXPECT_FALSE(popError());
  }
}

class PausedElement : public PipelineTest {};

TEST_F(PausedElement, SharedModelTranslatesForOthers) {
  const ElementPtr paused =
      parse("videotestsrc ! video/x-raw,width=32,height=24 ! @ frames-in-flight=4 ! fakesink");
  gst_element_set_state(paused.get(), GST_STATE_PAUSED);
  ASSERT_EQ(gst_element_get_state(paused.get(), nullptr, nullptr, 60 * GST_SECOND), GST_STATE_CHANGE_SUCCESS);
  const ElementPtr other = parse(
      "videotestsrc num-buffers=100 ! video/x-raw,width=32,height=24 ! @ frames-in-flight=4 ! fakesink");
  EXPECT_FALSE(play(other.get()));
  const Owned<GstElement> element(gst_bin_get_by_name(GST_BIN(other.get()), "translate"));
  g_autoptr(GstStructure) stats = nullptr;
  g_object_get(element.get(), "stats", &stats, nullptr);
  guint64 translated = 0;
  EXPECT_TRUE(gst_structure_get_uint64(stats, "frames-translated", &translated));
  EXPECT_EQ(translated, 100U);
}

}  // namespace
}  // namespace cut::test
