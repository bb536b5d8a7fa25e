// Elements beside one another, on one model or on several: what befalls one is no other's affair.
#include "live_fixture.hpp"

namespace cut::test {
namespace {

class Neighbours : public LiveTest {
 protected:
  ~Neighbours() override {
    resetFake();
    becomesTrue([] { return fake().hanging == 0; });
  }

  // Another element between two pads; its messages are on bus_ too.
  HarnessPtr another(const std::string& model) {
    others_.push_back(makeElement(model));
    return makeHarness(others_.back().get(), videoCaps("RGB", 16, 8));
  }

  // What comes out there for a frame; -1 where nothing does.
  static int translatedBy(GstHarness* harness, guint8 value) {
    if (gst_harness_push(harness, frame(value).release()) != GST_FLOW_OK) return -1;
    const BufferPtr out(gst_harness_try_pull(harness));
    return out ? firstByte(out.get()) : -1;
  }

  std::vector<ElementPtr> others_;
};

TEST_F(Neighbours, WithAnotherModelGoOnWhileTheEngineHangs) {
  const HarnessPtr other = another(constantModel(9));
  fake().only = -1;
  fake().hang = true;
  set("frame-timeout", guint64{20 * GST_MSECOND});
  setText("on-error", "drop");
  EXPECT_EQ(push(1), GST_FLOW_OK);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(translatedBy(other.get(), 1), 9);
  EXPECT_EQ(fake().hanging, 1) << "all the while";
}

TEST_F(Neighbours, WithTheSameModelGoOnWhileTheFramesOfOneFail) {
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

class PausedNeighbour : public PipelineTest {};

TEST_F(PausedNeighbour, WithFramesInFlightHoldsUpNoFrame) {
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
