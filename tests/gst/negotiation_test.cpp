// SPDX-License-Identifier: MIT
// The caps that pipelines negotiate, and the error message where they cannot.
#include <gmock/gmock.h>

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <mutex>
#include <string>
#include <vector>

#include "element_fixture.hpp"

namespace cut::test {
namespace {

using testing::HasSubstr;

class Negotiation : public PipelineTest {
 protected:
  // The format that this pipeline negotiates for the element.
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

TEST_F(Negotiation, RgbIsPreferred) {
  EXPECT_EQ(formatOf("videotestsrc num-buffers=1 ! @ ! fakesink"), "RGB");
  EXPECT_EQ(formatOf("videotestsrc num-buffers=1 ! @ ! videoconvert ! video/x-raw,format=I420 ! fakesink"),
            "RGB");
  EXPECT_EQ(
      formatOf("videotestsrc num-buffers=1 ! video/x-raw,format=I420 ! videoconvert ! @ ! videoconvert ! "
               "video/x-raw,format=I420 ! fakesink"),
      "I420")
      << "videoconvert then has nothing to convert";
}

TEST_F(Negotiation, DownstreamFormatIsUsed) {
  EXPECT_EQ(formatOf("videotestsrc num-buffers=1 ! @ ! video/x-raw,format=NV12 ! fakesink"), "NV12");
  EXPECT_EQ(
      formatOf("videotestsrc num-buffers=1 ! @ ! video/x-raw,format=BGRA,width=41,height=23 ! fakesink"),
      "BGRA");
}

TEST_F(Negotiation, ModelOfOneChannelNegotiatesGray8) {
  EXPECT_EQ(formatOf("videotestsrc num-buffers=1 ! cuttranslate name=translate model=" + launchWord(grey_) +
                     " ! fakesink"),
            "GRAY8");
}

TEST_F(Negotiation, ProgressiveIsChosen) {
  EXPECT_EQ(formatOf("videotestsrc num-buffers=1 ! @ ! video/x-raw,interlace-mode=progressive ! fakesink"),
            "RGB");
}

// Buffers without caps, which only a capsfilter declares to be video.
class RawFrames : public PipelineTest {
 protected:
  static constexpr int frames = 3;

  // Path of a file with three RGB frames of 16x8.
  std::string file() const {
    std::string path = folder_.path() / "frames";
    std::ofstream(path) << std::string(frames * 16 * 8 * 3, 'x');
    return path;
  }

  guint64 translated(GstElement* pipeline) const {
    const Owned<GstElement> element(gst_bin_get_by_name(GST_BIN(pipeline), "translate"));
    g_autoptr(GstStructure) stats = nullptr;
    g_object_get(element.get(), "stats", &stats, nullptr);
    guint64 count = 0;
    EXPECT_TRUE(gst_structure_get_uint64(stats, "frames-translated", &count));
    return count;
  }

  void expectAllTranslated(const std::string& line) const {
    SCOPED_TRACE(line);
    const auto pipeline = parse(line);
    const auto error = play(pipeline.get());
    EXPECT_FALSE(error) << error->text;
    EXPECT_EQ(translated(pipeline.get()), frames);
  }

  const std::string rgb_ = "video/x-raw,format=RGB,width=16,height=8";
};

TEST_F(RawFrames, FilesrcWithCapsfilterPlaysWithAnyFields) {
  const std::string source = "filesrc location=" + launchWord(file()) + " blocksize=384 ! ";
  for (const char* more :
       {",framerate=30/1", "", ",framerate=0/1", ",framerate=30/1,multiview-mode=left",
        ",framerate=25/1,pixel-aspect-ratio=4/3,colorimetry=sRGB,interlace-mode=progressive"})
    expectAllTranslated(source + rgb_ + more + " ! @ ! fakesink");
  expectAllTranslated(source + "video/x-raw,format={RGB},width=16,height=8,framerate=30/1 ! @ ! fakesink");
}

TEST_F(RawFrames, FilesrcPlaysThroughQueuesAndFixedCaps) {
  const std::string source = "filesrc location=" + launchWord(file()) + " blocksize=384 ! ";
  expectAllTranslated(source + rgb_ + ",framerate=30/1 ! tee ! queue ! @ ! videoconvert ! fakesink");
  expectAllTranslated(source + rgb_ + " ! identity ! @ ! " + rgb_ + " ! fakesink");
  expectAllTranslated(source + "video/x-raw,width=16,height=8 ! @ ! video/x-raw,format=RGB ! fakesink");
}

TEST_F(RawFrames, FdsrcWithCapsfilterPlays) {
  const std::string path = file();
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_GE(descriptor, 0);
  expectAllTranslated("fdsrc fd=" + std::to_string(descriptor) + " blocksize=384 ! " + rgb_ +
                      ",framerate=30/1 ! @ ! fakesink");
  close(descriptor);
}

TEST_F(RawFrames, RawvideoparsePlays) {
  expectAllTranslated("filesrc location=" + launchWord(file()) +
                      " ! rawvideoparse format=rgb width=16 height=8 framerate=30/1 ! @ ! fakesink");
}

TEST_F(RawFrames, AppsrcWithoutCapsPlays) {
  const auto pipeline = parse("appsrc name=source ! " + rgb_ + ",framerate=30/1 ! @ ! fakesink");
  const Owned<GstElement> source(gst_bin_get_by_name(GST_BIN(pipeline.get()), "source"));
  for (int i = 0; i < frames; ++i) {
    const BufferPtr buffer(gst_buffer_new_allocate(nullptr, 16 * 8 * 3, nullptr));
    gst_buffer_memset(buffer.get(), 0, 7, 16 * 8 * 3);
    GstFlowReturn flow = GST_FLOW_ERROR;
    g_signal_emit_by_name(source.get(), "push-buffer", buffer.get(), &flow);
    EXPECT_EQ(flow, GST_FLOW_OK);
  }
  GstFlowReturn flow = GST_FLOW_ERROR;
  g_signal_emit_by_name(source.get(), "end-of-stream", &flow);
  EXPECT_FALSE(play(pipeline.get()));
  EXPECT_EQ(translated(pipeline.get()), frames);
}

class CapsError : public PipelineTest {
 protected:
  // Sets these caps on the pipeline's appsrc, where it has one, and pushes a buffer.
  static void setSourceCaps(GstElement* pipeline, const std::string& caps) {
    const Owned<GstElement> source(gst_bin_get_by_name(GST_BIN(pipeline), "source"));
    if (!source) return;
    const CapsPtr named = capsOf(caps);
    g_object_set(source.get(), "caps", named.get(), nullptr);
    const BufferPtr buffer(gst_buffer_new_allocate(nullptr, 40000 * 3, nullptr));
    GstFlowReturn flow = GST_FLOW_ERROR;
    g_signal_emit_by_name(source.get(), "push-buffer", buffer.get(), &flow);
    EXPECT_EQ(flow, GST_FLOW_OK);
  }

  // The text of the element's error for a pipeline that cannot negotiate: posted once, and before the
  // source's.
  std::string firstError(const std::string& line, const std::string& caps = {}) const {
    SCOPED_TRACE(line + " " + caps);
    const auto pipeline = parse(line);
    const Owned<GstBus> bus(gst_element_get_bus(pipeline.get()));
    setSourceCaps(pipeline.get(), caps);
    gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
    std::vector<std::string> sources;
    std::string text;
    while (sources.empty() || sources.back() == "translate") {
      const Owned<GstMessage> message(
          gst_bus_timed_pop_filtered(bus.get(), 60 * GST_SECOND, GST_MESSAGE_ERROR));
      if (!message) return "no error of the source followed";
      sources.emplace_back(GST_MESSAGE_SRC_NAME(message.get()));
      if (sources.back() != "translate") continue;
      const PostedError error = readError(message.get());
      EXPECT_EQ(error.domain, GST_CORE_ERROR);
      EXPECT_EQ(error.code, GST_CORE_ERROR_NEGOTIATION);
      text = error.text;
    }
    EXPECT_EQ(sources.size(), 2U) << "the element's, and the source's";
    return text;
  }

  const std::string rate_ = ",framerate=30/1";
  const std::string size_ = ",width=16,height=8" + rate_;
};

TEST_F(CapsError, SourceWithUnsupportedVideoPostsItOnceBeforeTheSourcesError) {
  EXPECT_THAT(firstError("videotestsrc ! video/x-raw,format=GRAY8 ! @ ! fakesink"),
              HasSubstr("GRAY8, and the model takes RGB and YUV"));
  EXPECT_THAT(firstError("videotestsrc ! video/x-raw,format=GRAY8 ! queue ! identity ! @ ! fakesink"),
              HasSubstr("put videoconvert before it"));
  EXPECT_THAT(firstError("videotestsrc ! video/x-raw,interlace-mode=interleaved ! @ ! videoconvert ! "
                         "video/x-raw,format=I420 ! fakesink"),
              HasSubstr("put deinterlace before it"));
}

// Queues and ghost pads pass ACCEPT_CAPS queries on, and hold back the event of refused caps.
TEST_F(CapsError, BinsAndQueuesPostItOnceBeforeTheSourcesError) {
  for (const char* source :
       {"appsrc name=source ! ", "( appsrc name=source ) ! ", "appsrc name=source ! queue ! ",
        "( appsrc name=source ! queue ) ! tee ! queue ! ", "( ( appsrc name=source ) ) ! multiqueue ! "}) {
    const std::string line = std::string(source) + "@ ! fakesink";
    EXPECT_THAT(firstError(line, "video/x-raw,format=I420,interlace-mode=interleaved" + size_),
                HasSubstr("put deinterlace before it"));
    EXPECT_THAT(firstError(line, "video/x-raw,format=RGB,multiview-mode=side-by-side" + size_),
                HasSubstr("split the views before it"));
    EXPECT_THAT(firstError(line, "video/x-raw,format=GRAY8" + size_),
                HasSubstr("the model takes RGB and YUV"));
    EXPECT_THAT(firstError(line, "video/x-raw,format=GRAY16_LE" + size_),
                HasSubstr("GRAY16_LE, and the model takes"));
    EXPECT_THAT(firstError(line, "video/x-raw,format=RGB,width=40000,height=1" + rate_), HasSubstr("32768"));
  }
}

TEST_F(CapsError, DownstreamRefusalIsNamed) {
  const std::string text = firstError("appsrc name=source ! @ ! video/x-raw,format=BGR ! fakesink",
                                      "video/x-raw,format=RGB" + size_);
  EXPECT_THAT(text, HasSubstr("RGB of 16x8"));
  EXPECT_THAT(text, HasSubstr("downstream does not accept"));
}

TEST_F(CapsError, VideoconvertUpstreamPostsNone) {
  for (const char* format : {"GRAY8", "Y41B", "GRAY16_LE"}) {
    const auto pipeline = parse(std::string("videotestsrc num-buffers=2 ! video/x-raw,format=") + format +
                                " ! videoconvert ! @ ! fakesink");
    const auto error = play(pipeline.get());
    EXPECT_FALSE(error) << error->text;
  }
}

TEST_F(CapsError, SecondRunPostsItAgain) {
  const auto pipeline = parse("videotestsrc ! video/x-raw,format=GRAY8 ! @ ! fakesink");
  for (int run = 0; run < 2; ++run) {
    const auto error = play(pipeline.get());
    ASSERT_TRUE(error);
    EXPECT_THAT(error->text, HasSubstr("GRAY8"));
    gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  }
}

}  // namespace
}  // namespace cut::test
