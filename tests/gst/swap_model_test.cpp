// SPDX-License-Identifier: MIT
// Models set while PLAYING.
#include "cuttranslate/model_file.hpp"
#include "live_fixture.hpp"

namespace cut::test {
namespace {

using testing::HasSubstr;

class SwapModel : public LiveTest {
 protected:
  SwapModel() {
    g_signal_connect(element_.get(), "model-updated",
                     G_CALLBACK(+[](GstElement*, const char* model, gpointer names) {
                       static_cast<std::vector<std::string>*>(names)->emplace_back(model);
                     }),
                     &updated_);
  }

  // Waits for the next warning, without pushing a frame.
  std::string nextWarning() const {
    std::string said;
    becomesTrue([&] {
      said = popWarning();
      return !said.empty();
    });
    return said;
  }

  // Sets a model that cannot be loaded; returns the warning.
  std::string warningOf(const std::string& model) const {
    set("model", model.c_str());
    std::string said = nextWarning();
    EXPECT_EQ(stringOf(element_.get(), "model"), model_) << "back to the open model";
    EXPECT_EQ(translated(1), 254);
    return said;
  }

  // Pushes frames until an output has this value.
  bool translatesTo(int value) const {
    return becomesTrue([&] { return translated(1) == value; });
  }

  std::vector<std::string> updated_;
};

TEST_F(SwapModel, NewModelIsAnnouncedBySignalAndMessage) {
  EXPECT_EQ(translated(1), 254);
  const std::string next = constantModel(7);
  set("model", next.c_str());
  ASSERT_TRUE(translatesTo(7));
  EXPECT_EQ(updated_, std::vector<std::string>{next});
  EXPECT_EQ(stringOf(element_.get(), "active-model"), next);
  const auto message = popElementMessage("cuttranslate-model-updated");
  ASSERT_TRUE(message);
  const GstStructure* said = gst_message_get_structure(message.get());
  EXPECT_EQ(gst_structure_get_string(said, "model"), next);
  EXPECT_EQ(gst_structure_get_string(said, "previous"), model_);
  EXPECT_STREQ(gst_structure_get_string(said, "engine"), "fake");
}

TEST_F(SwapModel, OldModelTranslatesWhileTheNewOneLoads) {
  fake().loadMs = 300;
  set("model", constantModel(7).c_str());
  int through = 0;
  ASSERT_TRUE(becomesTrue([&] {
    const int value = translated(1);
    through += value == 254;
    return value == 7;
  }));
  EXPECT_GE(through, 3);
}

// The warning does not wait for a frame: the stream may be paused or at EOS.
TEST_F(SwapModel, FailedLoadKeepsTheOldModelWithAWarning) {
  EXPECT_EQ(translated(1), 254);
  EXPECT_THAT(warningOf("/nowhere/none.pt"), HasSubstr("/nowhere/none.pt"));
  const std::string next = constantModel(7);
  for (const auto& [fault, says] :
       {std::pair{"load", "does not load as told"}, {"memory", "no memory"}, {"session", "no memory"}}) {
    const Environment failing("CUT_FAKE_FAULT", fault);
    EXPECT_THAT(warningOf(next), HasSubstr(says)) << fault;
  }
  EXPECT_TRUE(updated_.empty());
  EXPECT_FALSE(popError());
}

TEST_F(SwapModel, FailedVerifyKeepsTheOldModelWithAWarning) {
  ModelFile model = tinyModel();
  model.sample = Sample{fromFloats({1, 3, 8, 8}, std::vector<float>(192, 0.5F)),
                        fromFloats({1, 3, 8, 8}, std::vector<float>(192, 0.5F))};  // the fake engine gives -x
  const std::string path = folder_.path() / "damaged.pt";
  writeModelFile(path, model);
  set("verify", TRUE);
  EXPECT_THAT(warningOf(path), HasSubstr("sample"));
  EXPECT_TRUE(updated_.empty());
}

TEST_F(SwapModel, LastOfSeveralRequestsWins) {
  for (int value = 10; value < 30; ++value) set("model", constantModel(value).c_str());
  EXPECT_TRUE(translatesTo(29));
  EXPECT_EQ(updated_.back(), *stringOf(element_.get(), "active-model"));
}

TEST_F(SwapModel, HangingEarlierRequestDoesNotBlockTheNext) {
  fake().only = 7;
  int next = 8;
  for (const auto hang : {&FakeControl::hangLoad, &FakeControl::hang}) {
    fake().*hang = true;
    set("model", constantModel(7).c_str());
    ASSERT_TRUE(becomesTrue([] { return fake().hangingLoads + fake().hanging > 0; }));
    set("model", constantModel(next).c_str());
    EXPECT_TRUE(translatesTo(next++));
    fake().*hang = false;
    EXPECT_TRUE(becomesTrue([] { return fake().hangingLoads + fake().hanging == 0; }));
  }
}

// Upstream has not sent the renegotiated caps yet, and need not any more.
TEST_F(SwapModel, LaterRequestReplacesAPendingModel) {
  gst_pad_add_probe(
      harness_->srcpad, GST_PAD_PROBE_TYPE_QUERY_UPSTREAM,
      [](GstPad*, GstPadProbeInfo* info, gpointer) {
        GstQuery* query = GST_PAD_PROBE_INFO_QUERY(info);
        if (GST_QUERY_TYPE(query) != GST_QUERY_CAPS) return GST_PAD_PROBE_OK;
        gst_query_set_caps_result(query, capsOf("video/x-raw,format={RGB,GRAY8},width=16,height=8").get());
        return GST_PAD_PROBE_HANDLED;
      },
      nullptr, nullptr);
  const Owned<GstPad> pad(gst_element_get_static_pad(element_.get(), "sink"));
  const auto wants = [&](const char* format) {
    const CapsPtr caps(gst_pad_query_caps(pad.get(), nullptr));
    return gst_caps_can_intersect(caps.get(), capsOf(videoCaps(format, 16, 8)).get());
  };
  set("model", constantModel(8, 1).c_str());
  ASSERT_TRUE(becomesTrue([&] { return translated(1) == 254 && wants("GRAY8"); }));
  set("model", constantModel(7).c_str());
  ASSERT_TRUE(translatesTo(7));
  EXPECT_FALSE(wants("GRAY8"));
  EXPECT_TRUE(wants("RGB"));
  EXPECT_EQ(stringOf(element_.get(), "model"), constantModel(7));
}

TEST_F(SwapModel, SamePathWithANewFileIsLoadedAgain) {
  EXPECT_EQ(translated(1), 254);
  ModelFile model = tinyModel();
  model.origin = "constant 99";
  writeModelFile(model_, model);
  set("model", model_.c_str());
  EXPECT_TRUE(translatesTo(99));
}

TEST_F(SwapModel, OldModelIsFreed) {
  EXPECT_EQ(translated(1), 254);
  ASSERT_TRUE(becomesTrue([] { return fake().networks == 1; }))
      << "its worker frees an earlier test's network";
  set("model", constantModel(7).c_str());
  ASSERT_TRUE(translatesTo(7));
  EXPECT_TRUE(becomesTrue([] { return fake().networks == 1; }));
}

TEST_F(SwapModel, StopCancelsTheRequestAndStartOpensTheNewModel) {
  fake().loadMs = 50;
  set("model", constantModel(7).c_str());
  ASSERT_TRUE(goesTo(element_.get(), GST_STATE_READY));
  ASSERT_TRUE(goesTo(element_.get(), GST_STATE_PLAYING));
  gst_harness_set_src_caps(harness_.get(), capsOf(videoCaps("RGB", 16, 8)).release());
  EXPECT_EQ(translated(1), 7);
  EXPECT_TRUE(updated_.empty());
}

// A handler of notify::active-engine may set another model at once.
TEST_F(SwapModel, ModelSetWhileStartingIsLoaded) {
  struct Wish {
    std::string model;
    gulong handler = 0;
  } wish{constantModel(8)};
  ASSERT_TRUE(goesTo(element_.get(), GST_STATE_READY));
  set("model", constantModel(7).c_str());
  wish.handler = g_signal_connect(element_.get(), "notify::active-engine",
                                  G_CALLBACK(+[](GObject* object, GParamSpec*, gpointer data) {
                                    const auto& wanted = *static_cast<Wish*>(data);
                                    g_object_set(object, "model", wanted.model.c_str(), nullptr);
                                    g_signal_handler_disconnect(object, wanted.handler);
                                  }),
                                  &wish);
  ASSERT_TRUE(goesTo(element_.get(), GST_STATE_PLAYING));
  gst_harness_set_src_caps(harness_.get(), capsOf(videoCaps("RGB", 16, 8)).release());
  EXPECT_TRUE(translatesTo(8));
}

TEST_F(SwapModel, SizeChangeWhileLoadingIsWarmedAgain) {
  fake().loadMs = 100;
  set("model", constantModel(7).c_str());
  gst_harness_set_src_caps(harness_.get(), capsOf(videoCaps("RGB", 32, 16)).release());
  EXPECT_TRUE(becomesTrue([&] {
    EXPECT_EQ(gst_harness_push(harness_.get(), frame(1, 0, 32 * 16 * 3).release()), GST_FLOW_OK);
    const BufferPtr out = pull();
    return out && firstByte(out.get()) == 7;
  }));
}

TEST_F(SwapModel, HangingSecondWarmUpBlocksNoFrame) {
  fake().only = 7;
  const int before = fake().frames;
  set("model", constantModel(7).c_str());
  ASSERT_TRUE(becomesTrue([&] { return fake().frames > before; })) << "its warm-up for the old size";
  gst_harness_set_src_caps(harness_.get(), capsOf(videoCaps("RGB", 4, 4)).release());
  fake().hang = true;
  const auto smallFrame = [this] {
    EXPECT_EQ(gst_harness_push(harness_.get(), frame(1, 0, 48).release()), GST_FLOW_OK);
    const BufferPtr out = pull();
    return out ? firstByte(out.get()) : -1;
  };
  for (int i = 0; i < 20; ++i) EXPECT_EQ(smallFrame(), 254);
  fake().hang = false;
  EXPECT_TRUE(becomesTrue([&] { return smallFrame() == 7; }));
}

TEST_F(SwapModel, CrossfadeBlendsOverTheGivenFrames) {
  const std::string black = constantModel(0);
  const std::string white = constantModel(200);
  set("model", black.c_str());
  ASSERT_TRUE(translatesTo(0));
  set("crossfade", 4, "model", white.c_str());
  std::vector<int> values;
  ASSERT_TRUE(becomesTrue([&] {
    if (const int value = translated(1); value > 0) values.push_back(value);
    return values.size() == 6;
  }));
  EXPECT_THAT(values, testing::ElementsAre(40, 80, 120, 160, 200, 200));
}

TEST_F(SwapModel, TwoHundredSwapsLoseNoFrame) {
  const std::string models[] = {constantModel(100), constantModel(101)};
  guint64 pushed = 0;
  guint64 pulled = 0;
  for (int i = 0; i < 200; ++i) {
    set("model", models[i % 2].c_str());
    ASSERT_TRUE(becomesTrue([&] {
      EXPECT_EQ(push(1, pushed), GST_FLOW_OK);
      const BufferPtr out = pull();
      EXPECT_TRUE(out && GST_BUFFER_PTS(out.get()) == pushed * frameTime);
      ++pushed;
      ++pulled;
      return out && firstByte(out.get()) == 100 + i % 2;
    })) << i;
  }
  EXPECT_EQ(updated_.size(), 200U);
  EXPECT_EQ(stat("frames-out"), pulled);
  EXPECT_LE(fake().networks, 2);
}

}  // namespace
}  // namespace cut::test
