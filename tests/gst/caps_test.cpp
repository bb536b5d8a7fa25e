// Which video the element takes, and that all who ask hear the same.
#include <gmock/gmock.h>

#include <mutex>

#include "element_fixture.hpp"
#include "formats.hpp"

namespace cut::test {
namespace {

using testing::HasSubstr;

class Caps : public ElementTest {
 protected:
  // What the element warns of when these come in.
  std::string warningOf(const std::string& model, const std::string& text) const {
    const auto element = makeElement(model);
    const auto harness = makeHarness(element.get(), text);
    const Owned<GstMessage> message(gst_bus_pop_filtered(bus_.get(), GST_MESSAGE_WARNING));
    gst_bus_set_flushing(bus_.get(), TRUE);
    gst_bus_set_flushing(bus_.get(), FALSE);
    if (!message) return {};
    g_autoptr(GError) warning = nullptr;
    gst_message_parse_warning(message.get(), &warning, nullptr);
    return warning->message;
  }

  // What the sink pad answers to accept-caps, to a caps query, and to a caps event; they must agree.
  bool accepts(GstElement* element, const std::string& text) const {
    const CapsPtr caps = capsOf(text);
    const Owned<GstPad> pad(gst_element_get_static_pad(element, "sink"));
    const bool answer = gst_pad_query_accept_caps(pad.get(), caps.get());
    const CapsPtr queried(gst_pad_query_caps(pad.get(), nullptr));
    EXPECT_EQ(gst_caps_can_intersect(queried.get(), caps.get()), answer) << text;
    return answer;
  }

  // One frame of these caps through the element.
  bool serves(const std::string& model, const std::string& text) const {
    const auto element = makeElement(model);
    const auto harness = makeHarness(element.get(), text);
    GstVideoInfo info;
    EXPECT_TRUE(gst_video_info_from_caps(&info, capsOf(text).get())) << text;
    const auto flow = gst_harness_push(harness.get(), gst_buffer_new_allocate(nullptr, info.size, nullptr));
    return flow == GST_FLOW_OK;
  }
};

TEST_F(Caps, OfTheTemplateBeginWithRgbAndNameAllFormats) {
  const auto element = makeElement();
  for (const char* name : {"sink", "src"}) {
    const Owned<GstPad> pad(gst_element_get_static_pad(element.get(), name));
    const CapsPtr caps(gst_pad_get_pad_template_caps(pad.get()));
    const GValue* formats = gst_structure_get_value(gst_caps_get_structure(caps.get(), 0), "format");
    ASSERT_EQ(gst_value_list_get_size(formats), colourFormats().size() + 1);
    EXPECT_STREQ(g_value_get_string(gst_value_list_get_value(formats, 0)), "RGB");
  }
}

TEST_F(Caps, OfEachColourFormatAreServedByAModelOfThreeChannels) {
  for (const auto& format : colourFormats()) {
    EXPECT_TRUE(serves(model_, videoCaps(format, 16, 8))) << format;
    EXPECT_FALSE(serves(grey_, videoCaps(format, 16, 8))) << format;
  }
}

TEST_F(Caps, OfGreyAreServedByAModelOfOneChannel) {
  EXPECT_TRUE(serves(grey_, videoCaps("GRAY8", 16, 8)));
  EXPECT_FALSE(serves(model_, videoCaps("GRAY8", 16, 8)));
}

TEST_F(Caps, AreAnsweredToQueriesAsTheModelTakesThem) {
  const auto colour = makeElement();
  const auto grey = makeElement(grey_);
  for (const auto& format : colourFormats()) {
    EXPECT_TRUE(accepts(colour.get(), videoCaps(format, 16, 8))) << "before a model is open: " << format;
    EXPECT_TRUE(accepts(grey.get(), videoCaps(format, 16, 8))) << "before a model is open: " << format;
  }
  ASSERT_TRUE(goesTo(colour.get(), GST_STATE_READY));
  ASSERT_TRUE(goesTo(grey.get(), GST_STATE_READY));
  for (const auto& format : colourFormats()) {
    EXPECT_TRUE(accepts(colour.get(), videoCaps(format, 16, 8))) << format;
    EXPECT_FALSE(accepts(grey.get(), videoCaps(format, 16, 8))) << format;
  }
  EXPECT_FALSE(accepts(colour.get(), videoCaps("GRAY8", 16, 8)));
  EXPECT_TRUE(accepts(grey.get(), videoCaps("GRAY8", 16, 8)));
}

TEST_F(Caps, OfOtherFormatsAndMediaAreRefused) {
  const auto element = makeElement();
  ASSERT_TRUE(goesTo(element.get(), GST_STATE_READY));
  for (const char* format : {"Y41B", "GRAY16_LE", "v210", "RGB16"})
    EXPECT_FALSE(accepts(element.get(), videoCaps(format, 16, 8))) << format;
  EXPECT_FALSE(accepts(element.get(), "image/jpeg,width=16,height=8,framerate=30/1"));
  EXPECT_FALSE(
      accepts(element.get(), "video/x-raw(memory:GLMemory),format=RGBA,width=16,height=8,framerate=30/1"));
}

TEST_F(Caps, OfInterlacedVideoAreRefused) {
  const auto element = makeElement();
  ASSERT_TRUE(goesTo(element.get(), GST_STATE_READY));
  for (const char* mode : {"interleaved", "mixed", "fields"}) {
    const std::string caps = videoCaps("I420", 16, 8, std::string(",interlace-mode=") + mode);
    EXPECT_FALSE(accepts(element.get(), caps)) << mode;
    EXPECT_FALSE(serves(model_, caps)) << mode;
  }
  EXPECT_FALSE(accepts(element.get(),
                       "video/x-raw(format:Interlaced),format=I420,width=16,height=8,framerate=30/1,"
                       "interlace-mode=alternate"));
}

TEST_F(Caps, ThatAreRefusedInAStreamAreAnsweredWithAWarningThatSaysWhatToDo) {
  const std::string interlaced = videoCaps("I420", 16, 8, ",interlace-mode=interleaved");
  EXPECT_THAT(warningOf(model_, interlaced), HasSubstr("put deinterlace before it"));
  EXPECT_THAT(warningOf(grey_, videoCaps("RGB", 16, 8)),
              HasSubstr("RGB, and the model takes GRAY8: put videoconvert before it"));
  EXPECT_THAT(warningOf(model_, videoCaps("GRAY8", 16, 8)), HasSubstr("GRAY8, and the model takes colours"));
  EXPECT_THAT(warningOf(model_, videoCaps("Y41B", 16, 8)), HasSubstr("Y41B, and the model takes colours"));
  EXPECT_THAT(warningOf(model_, videoCaps("RGB", 40000, 1)), HasSubstr("32768 pixels"));
  EXPECT_THAT(warningOf(model_, "video/x-raw(memory:GLMemory),format=RGBA,width=16,height=8,framerate=30/1"),
              HasSubstr("gldownload"));
  EXPECT_EQ(warningOf(model_, videoCaps("RGB", 16, 8)), "");
}

TEST_F(Caps, ThatAreRefusedAreExplainedOnceAndNeverToAQuestion) {
  const auto element = makeElement();
  const auto harness = makeHarness(element.get(), videoCaps("RGB", 16, 8));
  EXPECT_FALSE(accepts(element.get(), videoCaps("Y41B", 16, 8)));
  EXPECT_EQ(countMessages(GST_MESSAGE_WARNING), 0);
  const auto come = [&](const char* format) {
    const CapsPtr caps = capsOf(videoCaps(format, 16, 8));
    gst_harness_push_event(harness.get(), gst_event_new_caps(caps.get()));
    return countMessages(GST_MESSAGE_WARNING);
  };
  EXPECT_EQ(come("Y41B"), 1);
  EXPECT_EQ(come("Y41B"), 0) << "again";
  EXPECT_EQ(come("GRAY8"), 1);
  EXPECT_EQ(come("BGR"), 0);
  EXPECT_EQ(come("GRAY8"), 1) << "after others were accepted";
}

TEST_F(Caps, ThatDifferInOneThingAreToldThat) {
  EXPECT_THAT(warningOf(model_, videoCaps("Y210", 16, 8)), HasSubstr("gst-inspect-1.0 cuttranslate"));
  EXPECT_THAT(warningOf(model_,
                        "video/x-raw(memory:SystemMemory,meta:GstVideoOverlayComposition),format=RGB,"
                        "width=16,height=8,framerate=30/1"),
              HasSubstr("meta:GstVideoOverlayComposition"));
}

TEST_F(Caps, WithSeveralViewsInAFrameAreRefused) {
  const auto element = makeElement();
  ASSERT_TRUE(goesTo(element.get(), GST_STATE_READY));
  for (const char* mode :
       {"side-by-side", "top-bottom", "row-interleaved", "checkerboard", "side-by-side-quincunx"}) {
    const std::string caps = videoCaps("I420", 16, 8, std::string(",multiview-mode=") + mode);
    EXPECT_FALSE(accepts(element.get(), caps)) << mode;
    EXPECT_FALSE(serves(model_, caps)) << mode;
  }
}

TEST_F(Caps, OfProgressiveVideoWithOneViewAreServedAndPassUnchanged) {
  for (const char* more :
       {"", ",interlace-mode=progressive", ",multiview-mode=mono", ",multiview-mode=left",
        ",interlace-mode=progressive,multiview-mode=right,pixel-aspect-ratio=4/3", ",colorimetry=bt709",
        ",multiview-mode=frame-by-frame,views=2", ",multiview-mode=multiview-frame-by-frame,views=3",
        ",chroma-site=mpeg2,colorimetry=bt601"}) {
    const std::string text = videoCaps("NV12", 16, 8, more);
    EXPECT_TRUE(serves(model_, text)) << more;
    const auto element = makeElement();
    const auto harness = makeHarness(element.get(), text);
    gst_harness_push(harness.get(), gst_harness_create_buffer(harness.get(), 16 * 8 * 3 / 2));
    const CapsPtr out(gst_pad_get_current_caps(harness->sinkpad));
    EXPECT_TRUE(out && gst_caps_is_equal(out.get(), capsOf(text).get())) << more;
  }
}

TEST_F(Caps, WithoutAFramerateOrWithNoneAreServed) {
  EXPECT_TRUE(serves(model_, "video/x-raw,format=RGB,width=16,height=8,framerate=0/1"));
  EXPECT_TRUE(serves(model_, "video/x-raw,format=RGB,width=16,height=8"));
}

TEST_F(Caps, WithAnUnusualSizeOrRateAreServed) {
  EXPECT_TRUE(serves(model_, "video/x-raw,format=RGB,width=1,height=1,framerate=1/3600"));
  EXPECT_TRUE(serves(model_, "video/x-raw,format=I420,width=3,height=301,framerate=240000/1001"));
}

class Negotiation : public PipelineTest {
 protected:
  // The format that the element's pads end with in this pipeline.
  std::string formatOf(const std::string& line) const {
    const auto pipeline = parse(line);
    const Owned<GstElement> element(gst_bin_get_by_name(GST_BIN(pipeline.get()), "translate"));
    const Owned<GstPad> pad(gst_element_get_static_pad(element.get(), "sink"));
    struct Seen {
      std::mutex mutex;  // guards the rest
      std::string format;
    } seen;
    gst_pad_add_probe(
        pad.get(), GST_PAD_PROBE_TYPE_BUFFER,
        [](GstPad* with, GstPadProbeInfo*, gpointer data) {
          const CapsPtr caps(gst_pad_get_current_caps(with));
          auto& result = *static_cast<Seen*>(data);
          const std::lock_guard lock(result.mutex);
          result.format = gst_structure_get_string(gst_caps_get_structure(caps.get(), 0), "format");
          return GST_PAD_PROBE_REMOVE;
        },
        &seen, nullptr);
    const auto error = play(pipeline.get());
    const std::lock_guard lock(seen.mutex);
    return error ? error->text : seen.format;
  }
};

TEST_F(Negotiation, EndsWithRgbWhereNobodyCares) {
  EXPECT_EQ(formatOf("videotestsrc num-buffers=1 ! @ ! fakesink"), "RGB");
  EXPECT_EQ(formatOf("videotestsrc num-buffers=1 ! @ ! videoconvert ! video/x-raw,format=I420 ! fakesink"),
            "RGB");
  EXPECT_EQ(
      formatOf("videotestsrc num-buffers=1 ! video/x-raw,format=I420 ! videoconvert ! @ ! videoconvert ! "
               "video/x-raw,format=I420 ! fakesink"),
      "I420")
      << "what videoconvert need not touch is best left alone";
}

TEST_F(Negotiation, EndsWithWhatIsAskedForDownstream) {
  EXPECT_EQ(formatOf("videotestsrc num-buffers=1 ! @ ! video/x-raw,format=NV12 ! fakesink"), "NV12");
  EXPECT_EQ(
      formatOf("videotestsrc num-buffers=1 ! @ ! video/x-raw,format=BGRA,width=41,height=23 ! fakesink"),
      "BGRA");
}

TEST_F(Negotiation, EndsWithGreyForAModelOfOneChannel) {
  EXPECT_EQ(
      formatOf("videotestsrc num-buffers=1 ! cuttranslate name=translate model=" + grey_ + " ! fakesink"),
      "GRAY8");
}

TEST_F(Negotiation, EndsWithProgressiveVideoWhereASourceCouldDoBoth) {
  EXPECT_EQ(formatOf("videotestsrc num-buffers=1 ! @ ! video/x-raw,interlace-mode=progressive ! fakesink"),
            "RGB");
}

// Then no caps come that could be refused.
TEST_F(Negotiation, ThatFindsNoFormatIsAnsweredWithAWarningThatSaysWhatToDo) {
  const auto pipeline = parse("videotestsrc ! video/x-raw,format=GRAY8 ! @ ! fakesink");
  const Owned<GstBus> bus(gst_element_get_bus(pipeline.get()));
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  const Owned<GstMessage> message(
      gst_bus_timed_pop_filtered(bus.get(), 60 * GST_SECOND, GST_MESSAGE_WARNING));
  ASSERT_TRUE(message);
  g_autoptr(GError) warning = nullptr;
  gst_message_parse_warning(message.get(), &warning, nullptr);
  EXPECT_TRUE(g_error_matches(warning, GST_CORE_ERROR, GST_CORE_ERROR_NEGOTIATION));
  EXPECT_THAT(warning->message, HasSubstr("GRAY8, and the model takes colours"));
}

TEST_F(Negotiation, OfInterlacedVideoFailsWhenItIsLinked) {
  GError* error = nullptr;
  const ElementPtr pipeline(gst_parse_launch(
      "videotestsrc ! video/x-raw,interlace-mode=interleaved ! cuttranslate ! fakesink", &error));
  ASSERT_TRUE(error);
  EXPECT_TRUE(g_error_matches(error, GST_PARSE_ERROR, GST_PARSE_ERROR_LINK)) << error->message;
  g_clear_error(&error);
}

}  // namespace
}  // namespace cut::test
