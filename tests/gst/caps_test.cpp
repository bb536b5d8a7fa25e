// SPDX-License-Identifier: MIT
// Which caps the element supports, and that queries and caps events agree.
#include <gmock/gmock.h>

#include "element_fixture.hpp"
#include "formats.hpp"

namespace cut::test {
namespace {

using testing::HasSubstr;

struct FreeText {
  void operator()(gchar* text) const noexcept { g_free(text); }
};
using Text = std::unique_ptr<gchar, FreeText>;

class Caps : public ElementTest {
 protected:
  // The text of the error that a caps event of these caps posts; empty where none is posted.
  std::string errorOf(const std::string& model, const std::string& text) const {
    const auto element = makeElement(model);
    const auto harness = makeHarness(element.get(), text);
    const auto error = popError();
    gst_bus_set_flushing(bus_.get(), TRUE);
    gst_bus_set_flushing(bus_.get(), FALSE);
    return error ? error->text : "";
  }

  // The sink pad's answer to an ACCEPT_CAPS query, which must agree with that to a CAPS query.
  bool accepts(GstElement* element, const std::string& text) const {
    const CapsPtr caps = capsOf(text);
    const Owned<GstPad> pad(gst_element_get_static_pad(element, "sink"));
    const bool answer = gst_pad_query_accept_caps(pad.get(), caps.get());
    const CapsPtr queried(gst_pad_query_caps(pad.get(), caps.get()));
    EXPECT_EQ(!gst_caps_is_empty(queried.get()), answer) << text;
    return answer;
  }

  // Whether a frame of these caps is translated.
  bool translates(const std::string& model, const std::string& text) const {
    const auto element = makeElement(model);
    const auto harness = makeHarness(element.get(), text);
    GstVideoInfo info;
    EXPECT_TRUE(gst_video_info_from_caps(&info, capsOf(text).get())) << text;
    const auto flow = gst_harness_push(harness.get(), gst_buffer_new_allocate(nullptr, info.size, nullptr));
    return flow == GST_FLOW_OK;
  }
};

TEST_F(Caps, PadTemplateListsAllFormatsRgbFirst) {
  const auto element = makeElement();
  for (const char* name : {"sink", "src"}) {
    const Owned<GstPad> pad(gst_element_get_static_pad(element.get(), name));
    const CapsPtr caps(gst_pad_get_pad_template_caps(pad.get()));
    const GValue* formats = gst_structure_get_value(gst_caps_get_structure(caps.get(), 0), "format");
    ASSERT_EQ(gst_value_list_get_size(formats), colourFormats().size() + 1);
    EXPECT_STREQ(g_value_get_string(gst_value_list_get_value(formats, 0)), "RGB");
  }
}

TEST_F(Caps, RgbAndYuvFormatsNeedAModelOfThreeChannels) {
  for (const auto& format : colourFormats()) {
    EXPECT_TRUE(translates(model_, videoCaps(format, 16, 8))) << format;
    EXPECT_FALSE(translates(grey_, videoCaps(format, 16, 8))) << format;
  }
}

TEST_F(Caps, Gray8NeedsAModelOfOneChannel) {
  EXPECT_TRUE(translates(grey_, videoCaps("GRAY8", 16, 8)));
  EXPECT_FALSE(translates(model_, videoCaps("GRAY8", 16, 8)));
}

TEST_F(Caps, CapsAndAcceptCapsQueriesAgreeWithTheModelsChannels) {
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

TEST_F(Caps, UnsupportedFormatsMediaAndMemoryAreRefused) {
  const auto element = makeElement();
  ASSERT_TRUE(goesTo(element.get(), GST_STATE_READY));
  for (const char* format : {"Y41B", "GRAY16_LE", "v210", "RGB16"})
    EXPECT_FALSE(accepts(element.get(), videoCaps(format, 16, 8))) << format;
  EXPECT_FALSE(accepts(element.get(), "image/jpeg,width=16,height=8,framerate=30/1"));
  EXPECT_FALSE(
      accepts(element.get(), "video/x-raw(memory:GLMemory),format=RGBA,width=16,height=8,framerate=30/1"));
}

TEST_F(Caps, InterlacedVideoIsRefused) {
  const auto element = makeElement();
  ASSERT_TRUE(goesTo(element.get(), GST_STATE_READY));
  for (const char* mode : {"interleaved", "mixed", "fields"}) {
    const std::string caps = videoCaps("I420", 16, 8, std::string(",interlace-mode=") + mode);
    EXPECT_FALSE(accepts(element.get(), caps)) << mode;
    EXPECT_FALSE(translates(model_, caps)) << mode;
  }
  EXPECT_FALSE(accepts(element.get(),
                       "video/x-raw(format:Interlaced),format=I420,width=16,height=8,framerate=30/1,"
                       "interlace-mode=alternate"));
}

TEST_F(Caps, RefusedCapsEventPostsAnErrorWithTheRemedy) {
  const std::string interlaced = videoCaps("I420", 16, 8, ",interlace-mode=interleaved");
  EXPECT_THAT(errorOf(model_, interlaced), HasSubstr("put deinterlace before it"));
  EXPECT_THAT(errorOf(grey_, videoCaps("RGB", 16, 8)),
              HasSubstr("RGB, and the model takes GRAY8: put videoconvert before it"));
  EXPECT_THAT(errorOf(model_, videoCaps("GRAY8", 16, 8)),
              HasSubstr("GRAY8, and the model takes RGB and YUV"));
  EXPECT_THAT(errorOf(model_, videoCaps("Y41B", 16, 8)), HasSubstr("Y41B, and the model takes RGB and YUV"));
  EXPECT_THAT(errorOf(model_, videoCaps("RGB", 40000, 1)), HasSubstr("32768 pixels"));
  EXPECT_THAT(errorOf(model_, "video/x-raw(memory:GLMemory),format=RGBA,width=16,height=8,framerate=30/1"),
              HasSubstr("gldownload"));
  EXPECT_EQ(errorOf(model_, videoCaps("RGB", 16, 8)), "");
}

TEST_F(Caps, RefusedCapsErrorIsPostedOncePerEventAndNotForQueries) {
  const auto element = makeElement();
  const auto harness = makeHarness(element.get(), videoCaps("RGB", 16, 8));
  EXPECT_FALSE(accepts(element.get(), videoCaps("Y41B", 16, 8)));
  EXPECT_EQ(countMessages(GST_MESSAGE_ERROR), 0);
  const auto come = [&](const char* format) {
    const CapsPtr caps = capsOf(videoCaps(format, 16, 8));
    gst_harness_push_event(harness.get(), gst_event_new_caps(caps.get()));
    return countMessages(GST_MESSAGE_ERROR);
  };
  EXPECT_EQ(come("Y41B"), 1);
  EXPECT_EQ(come("Y41B"), 0) << "again";
  EXPECT_EQ(come("GRAY8"), 0) << "an error was posted already";
  EXPECT_EQ(come("BGR"), 0);
  EXPECT_EQ(come("GRAY8"), 1) << "after others were accepted";
}

TEST_F(Caps, RefusedCapsErrorNamesTheUnsupportedFormatOrFeature) {
  EXPECT_THAT(errorOf(model_, videoCaps("Y210", 16, 8)), HasSubstr("gst-inspect-1.0 cuttranslate"));
  EXPECT_THAT(errorOf(model_,
                      "video/x-raw(memory:SystemMemory,meta:GstVideoOverlayComposition),format=RGB,"
                      "width=16,height=8,framerate=30/1"),
              HasSubstr("meta:GstVideoOverlayComposition"));
}

TEST_F(Caps, FramePackedMultiviewIsRefused) {
  const auto element = makeElement();
  ASSERT_TRUE(goesTo(element.get(), GST_STATE_READY));
  for (const char* mode :
       {"side-by-side", "top-bottom", "row-interleaved", "checkerboard", "side-by-side-quincunx"}) {
    const std::string caps = videoCaps("I420", 16, 8, std::string(",multiview-mode=") + mode);
    EXPECT_FALSE(accepts(element.get(), caps)) << mode;
    EXPECT_FALSE(translates(model_, caps)) << mode;
  }
}

TEST_F(Caps, ProgressiveSingleViewCapsPassUnchanged) {
  for (const char* more :
       {"", ",interlace-mode=progressive", ",multiview-mode=mono", ",multiview-mode=left",
        ",interlace-mode=progressive,multiview-mode=right,pixel-aspect-ratio=4/3", ",colorimetry=bt709",
        ",multiview-mode=frame-by-frame,views=2", ",multiview-mode=multiview-frame-by-frame,views=3",
        ",chroma-site=mpeg2,colorimetry=bt601"}) {
    const std::string text = videoCaps("NV12", 16, 8, more);
    EXPECT_TRUE(translates(model_, text)) << more;
    const auto element = makeElement();
    const auto harness = makeHarness(element.get(), text);
    gst_harness_push(harness.get(), gst_harness_create_buffer(harness.get(), 16 * 8 * 3 / 2));
    const CapsPtr out(gst_pad_get_current_caps(harness->sinkpad));
    EXPECT_TRUE(out && gst_caps_is_equal(out.get(), capsOf(text).get())) << more;
  }
}

// A capsfilter behind a source without caps (filesrc) fixates the answer, which must be fixed already.
TEST_F(Caps, CapsQueryWithAFixedFilterIsAnsweredWithFixedCaps) {
  const std::string frame = "video/x-raw,width=16,height=8";
  for (const auto& model : {model_, grey_}) {
    const auto element = makeElement(model);
    const auto harness = makeHarness(element.get(), videoCaps(model == grey_ ? "GRAY8" : "RGB", 16, 8));
    const Owned<GstPad> pad(gst_element_get_static_pad(element.get(), "sink"));
    const std::string formats = model == grey_ ? ",format={GRAY8}" : ",format={RGB}";
    for (const char* more :
         {"", ",framerate=30/1", ",framerate=0/1", ",interlace-mode=progressive", ",multiview-mode=left",
          ",pixel-aspect-ratio=4/3", ",colorimetry=bt709,chroma-site=mpeg2", ",views=1,something-else=4",
          ",multiview-mode={mono,side-by-side},interlace-mode={progressive,mixed}"}) {
      const CapsPtr filter = capsOf(frame + formats + more);
      const CapsPtr answer(gst_pad_query_caps(pad.get(), filter.get()));
      EXPECT_TRUE(gst_caps_is_fixed(answer.get())) << Text(gst_caps_to_string(answer.get())).get();
      EXPECT_TRUE(gst_caps_can_intersect(answer.get(), filter.get())) << more;
    }
  }
  const auto grey = makeElement(grey_);
  ASSERT_TRUE(goesTo(grey.get(), GST_STATE_READY));
  const Owned<GstPad> pad(gst_element_get_static_pad(grey.get(), "sink"));
  const CapsPtr filter = capsOf(frame);
  const CapsPtr answer(gst_pad_query_caps(pad.get(), filter.get()));
  EXPECT_TRUE(gst_caps_is_fixed(answer.get())) << "a model of one channel supports a single format";
}

TEST_F(Caps, CapsWithoutFramerateOrWithFramerateZeroAreAccepted) {
  EXPECT_TRUE(translates(model_, "video/x-raw,format=RGB,width=16,height=8,framerate=0/1"));
  EXPECT_TRUE(translates(model_, "video/x-raw,format=RGB,width=16,height=8"));
}

TEST_F(Caps, UnusualSizesAndFrameratesAreAccepted) {
  EXPECT_TRUE(translates(model_, "video/x-raw,format=RGB,width=1,height=1,framerate=1/3600"));
  EXPECT_TRUE(translates(model_, "video/x-raw,format=I420,width=3,height=301,framerate=240000/1001"));
}

}  // namespace
}  // namespace cut::test
