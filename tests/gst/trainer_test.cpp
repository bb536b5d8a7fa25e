// SPDX-License-Identifier: MIT
// `cut-trainer translate` and the element give bit-equal pixels for the same frames and model.
#include <algorithm>
#include <sstream>

#include "element_fixture.hpp"
#include "test_picture.hpp"
#include "trainer/data/image_file.hpp"
#include "trainer/translate/image_writer.hpp"
#include "trainer/translate/translate.hpp"

namespace cut::test {
namespace {

// The GRAY8 or RGB pixels without row padding.
trainer::Picture packed(const Picture& frame) {
  GstVideoFrame map;
  EXPECT_TRUE(
      gst_video_frame_map(&map, const_cast<GstVideoInfo*>(&frame.info), frame.buffer.get(), GST_MAP_READ));
  trainer::Picture picture(GST_VIDEO_FRAME_WIDTH(&map), GST_VIDEO_FRAME_HEIGHT(&map),
                           GST_VIDEO_FRAME_COMP_PSTRIDE(&map, 0));
  for (int y = 0; y < picture.height; ++y) {
    const auto* row = static_cast<const std::uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&map, 0)) +
                      std::ptrdiff_t{y} * GST_VIDEO_FRAME_PLANE_STRIDE(&map, 0);
    std::copy_n(row, picture.rowBytes(), picture.row(y));
  }
  gst_video_frame_unmap(&map);
  return picture;
}

class TrainerTranslate : public ElementTest {
 protected:
  // Translates the same frames with both: as a folder of PNGs, and as buffers.
  void expectEqual(const std::string& model, const std::string& format) const {
    const std::filesystem::path in = folder_.path() / ("in-" + format);
    const std::filesystem::path out = folder_.path() / ("out-" + format);
    trainer::createFolder(in);
    std::vector<trainer::Picture> expected;
    for (const auto& [width, height] : {std::pair{37, 23}, {64, 48}, {3, 5}}) {
      const Picture frame = makePicture(videoCaps(format, width, height));
      trainer::writeImage(in / (std::to_string(expected.size()) + ".png"), packed(frame));
      expected.push_back(fromElement(model, frame));
    }
    std::ostringstream progress;
    trainer::translate({.model = model, .input = in, .output = out, .engine = {.device = "cpu"}}, progress,
                       -1);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      trainer::Picture result = trainer::readImage(out / (std::to_string(i) + ".png"));
      if (expected[i].channels == 1) result = trainer::toLuma(result);
      EXPECT_EQ(result, expected[i]) << format << ", frame " << i;
    }
  }

 private:
  trainer::Picture fromElement(const std::string& model, const Picture& frame) const {
    const auto element = makeElement(model);
    g_object_set(element.get(), "device", "cpu", nullptr);
    const auto harness = makeHarness(element.get(), frame.caps);
    const Picture out = test::translate(harness.get(), frame);
    EXPECT_TRUE(out.buffer);
    return out.buffer ? packed(out) : trainer::Picture();
  }
};

TEST_F(TrainerTranslate, RgbEqualsTheElementsPixels) {
  expectEqual(model_, "RGB");
}

TEST_F(TrainerTranslate, Gray8EqualsTheElementsPixels) {
  expectEqual(grey_, "GRAY8");
}

TEST_F(TrainerTranslate, ShippedModelEqualsTheElementsPixels) {
  expectEqual(CUT_SHIPPED_MODEL, "RGB");
}

}  // namespace
}  // namespace cut::test
