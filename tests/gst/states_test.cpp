// SPDX-License-Identifier: MIT
// State changes with a model, without one, and with a bad one.
#include <gmock/gmock.h>

#include "cuttranslate/model_file.hpp"
#include "element_fixture.hpp"
#include "resident_memory.hpp"

namespace cut::test {
namespace {

using testing::HasSubstr;

class States : public ElementTest {};

TEST_F(States, AnyOrderOfStatesSucceedsWithAModel) {
  const auto element = makeElement();
  for (const GstState state :
       {GST_STATE_READY, GST_STATE_NULL, GST_STATE_PAUSED, GST_STATE_READY, GST_STATE_PLAYING,
        GST_STATE_PAUSED, GST_STATE_PLAYING, GST_STATE_NULL, GST_STATE_PLAYING, GST_STATE_READY,
        GST_STATE_PAUSED, GST_STATE_NULL, GST_STATE_NULL, GST_STATE_READY, GST_STATE_READY})
    EXPECT_TRUE(goesTo(element.get(), state)) << gst_element_state_get_name(state);
  EXPECT_FALSE(popError());
}

TEST_F(States, ThousandStateChangesSucceed) {
  const auto element = makeElement();
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(goesTo(element.get(), GST_STATE_PLAYING));
    ASSERT_TRUE(goesTo(element.get(), GST_STATE_NULL));
  }
}

TEST_F(States, ThousandStateChangesWithFramesKeepMemoryConstant) {
  const auto element = makeElement();
  const auto harness = makeHarness(element.get(), videoCaps("RGB", 16, 8));
  long settled = 0;
  for (unsigned i = 1; i <= 1000; ++i) {
    gst_harness_push(harness.get(), gst_harness_create_buffer(harness.get(), 16 * 8 * 3));
    ASSERT_EQ(gst_harness_buffers_received(harness.get()), i);
    const BufferPtr out(gst_harness_try_pull(harness.get()));
    while (const Owned<GstEvent> event{gst_harness_try_pull_event(harness.get())}) {
    }
    while (const Owned<GstEvent> event{gst_harness_try_pull_upstream_event(harness.get())}) {
    }
    countMessages(GST_MESSAGE_ANY);
    if (i == 200) settled = residentBytes();
    ASSERT_TRUE(goesTo(element.get(), GST_STATE_NULL));
    ASSERT_TRUE(goesTo(element.get(), GST_STATE_PLAYING));
    gst_harness_set_src_caps(harness.get(), capsOf(videoCaps("RGB", 16, 8)).release());
  }
  if (CUT_MEMORY_TELLS) {
    EXPECT_LE(residentBytes(), settled + (1 << 20));
  }
}

TEST_F(States, MissingModelPropertyFailsAndStaysInNull) {
  const auto element = makeElement("");
  for (const GstState state : {GST_STATE_READY, GST_STATE_PAUSED, GST_STATE_PLAYING}) {
    EXPECT_FALSE(goesTo(element.get(), state));
    EXPECT_THAT(expectError(GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_SETTINGS), HasSubstr("model="));
    EXPECT_EQ(GST_STATE(element.get()), GST_STATE_NULL);
    EXPECT_TRUE(goesTo(element.get(), GST_STATE_NULL));
  }
}

TEST_F(States, BadModelFailsAndAGoodOneSucceedsAfterwards) {
  const auto element = makeElement(folder_.path() / "none.pt");
  for (int i = 0; i < 5; ++i) {
    EXPECT_FALSE(goesTo(element.get(), GST_STATE_PLAYING));
    expectError(GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND);
  }
  g_object_set(element.get(), "model", model_.c_str(), nullptr);
  EXPECT_TRUE(goesTo(element.get(), GST_STATE_PLAYING));
}

class ModelProperty : public ElementTest {};

TEST_F(ModelProperty, ChangeInNullIsUsed) {
  const auto element = makeElement(grey_);
  EXPECT_TRUE(goesTo(element.get(), GST_STATE_PLAYING));
  EXPECT_TRUE(goesTo(element.get(), GST_STATE_NULL));
  g_object_set(element.get(), "model", model_.c_str(), nullptr);
  const auto harness = makeHarness(element.get(), videoCaps("RGB", 16, 8));
  EXPECT_EQ(gst_harness_push(harness.get(), gst_harness_create_buffer(harness.get(), 16 * 8 * 3)),
            GST_FLOW_OK);
}

TEST_F(ModelProperty, ChangeInReadyReopensTheModel) {
  const auto element = makeElement(grey_);
  ASSERT_TRUE(goesTo(element.get(), GST_STATE_READY));
  g_object_set(element.get(), "model", model_.c_str(), nullptr);
  const auto harness = makeHarness(element.get(), videoCaps("RGB", 16, 8));
  EXPECT_EQ(gst_harness_push(harness.get(), gst_harness_create_buffer(harness.get(), 16 * 8 * 3)),
            GST_FLOW_OK);
}

TEST_F(ModelProperty, BadModelSetInReadyFailsReadyToPaused) {
  const auto element = makeElement();
  ASSERT_TRUE(goesTo(element.get(), GST_STATE_READY));
  g_object_set(element.get(), "model", "/nowhere/none.pt", nullptr);
  EXPECT_FALSE(goesTo(element.get(), GST_STATE_PAUSED));
  expectError(GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND);
  EXPECT_TRUE(goesTo(element.get(), GST_STATE_READY));
  g_object_set(element.get(), "model", model_.c_str(), nullptr);
  EXPECT_TRUE(goesTo(element.get(), GST_STATE_PAUSED)) << "with a good model again";
}

TEST_F(ModelProperty, OtherChannelsWaitForTheirCaps) {
  const auto element = makeElement();
  const auto harness = makeHarness(element.get(), videoCaps("RGB", 16, 8));
  g_object_set(element.get(), "model", grey_.c_str(), nullptr);
  EXPECT_EQ(gst_harness_push(harness.get(), gst_harness_create_buffer(harness.get(), 16 * 8 * 3)),
            GST_FLOW_OK);
  ASSERT_TRUE(goesTo(element.get(), GST_STATE_READY));
  ASSERT_TRUE(goesTo(element.get(), GST_STATE_PLAYING));
  gst_harness_set_src_caps(harness.get(), capsOf(videoCaps("GRAY8", 16, 8)).release());
  EXPECT_EQ(gst_harness_push(harness.get(), gst_harness_create_buffer(harness.get(), 16 * 8)), GST_FLOW_OK);
}

TEST_F(ModelProperty, FileReplacedBetweenStatesIsReadAgain) {
  const auto element = makeElement();
  ASSERT_TRUE(goesTo(element.get(), GST_STATE_READY));
  writeModelFile(model_, tinyModel(1, 1));
  ASSERT_TRUE(goesTo(element.get(), GST_STATE_NULL));
  const auto harness = makeHarness(element.get(), videoCaps("GRAY8", 16, 8));
  EXPECT_EQ(gst_harness_push(harness.get(), gst_harness_create_buffer(harness.get(), 16 * 8)), GST_FLOW_OK);
}

class VerifyProperty : public ElementTest {
 protected:
  // The fake engine returns -x.
  void writeSample(float out) const {
    ModelFile file = tinyModel();
    file.sample = Sample{fromFloats({1, 3, 8, 8}, std::vector<float>(192, 0.5F)),
                         fromFloats({1, 3, 8, 8}, std::vector<float>(192, out))};
    writeModelFile(model_, file);
  }
};

TEST_F(VerifyProperty, MatchingSampleOpensTheModel) {
  writeSample(-0.5F);
  const auto element = makeElement();
  g_object_set(element.get(), "verify", TRUE, nullptr);
  EXPECT_TRUE(goesTo(element.get(), GST_STATE_READY));
  EXPECT_FALSE(popError());
}

TEST_F(VerifyProperty, DifferingSampleIsAnError) {
  writeSample(0.5F);
  const auto element = makeElement();
  EXPECT_TRUE(goesTo(element.get(), GST_STATE_READY)) << "without verify nothing is compared";
  EXPECT_TRUE(goesTo(element.get(), GST_STATE_NULL));
  g_object_set(element.get(), "verify", TRUE, nullptr);
  EXPECT_FALSE(goesTo(element.get(), GST_STATE_READY));
  EXPECT_THAT(expectError(GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED), HasSubstr("sample"));
}

TEST_F(VerifyProperty, MissingSampleIsAnError) {
  const auto element = makeElement();
  g_object_set(element.get(), "verify", TRUE, nullptr);
  EXPECT_FALSE(goesTo(element.get(), GST_STATE_READY));
  EXPECT_THAT(expectError(GST_STREAM_ERROR, GST_STREAM_ERROR_NOT_IMPLEMENTED), HasSubstr("sample"));
}

}  // namespace
}  // namespace cut::test
