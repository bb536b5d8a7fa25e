// SPDX-License-Identifier: MIT
// Every format through a real engine: the generators of the golden set, and the shipped model with the frame
// that the reference implementation translated.
#include <cmath>
#include <stdexcept>

#include "cuttranslate/model_file.hpp"
#include "formats.hpp"
#include "golden.hpp"
#include "test_picture.hpp"

namespace cut::test {
namespace {

// Fails where no golden set is found; the other tests have no cases then.
TEST(GoldenSet, SetIsPresentAndPrintsItsName) {
  std::cout << describeGoldenSet() << '\n';
}

// Each pair of a network and a format has numbers of its own; code of its own, which a sanitizer looks for,
// has each network and each format alone.
std::vector<std::string> formatsFor([[maybe_unused]] const GoldenCase& golden, bool grey) {
  if (grey) return {"GRAY8"};
#ifdef CUT_SANITIZED
  if (golden.name != resnetCases().front().name) return {"RGB", "I420"};
#endif
  return colourFormats();
}

class GoldenFormats : public ElementTest, public testing::WithParamInterface<GoldenCase> {
 protected:
  Picture outputFor(const std::string& model, const Picture& picture) const {
    const auto element = makeElement(model);
    g_object_set(element.get(), "device", "cpu", "threads", 1, nullptr);
    const auto harness = makeHarness(element.get(), picture.caps);
    return translate(harness.get(), picture);
  }
};

TEST_P(GoldenFormats, EveryFormatIsWithinOneLevelOfDoublePrecision) {
  const std::string weights = GetParam().weights();
  const auto model = SharedModel::open(weights, {.engine = CUT_TRUTH, .device = "cpu", .threads = 1});
  const GeneratorSpec& spec = model->info().spec;
  if (spec.inputChannels != spec.outputChannels || (spec.inputChannels != 3 && spec.inputChannels != 1))
    GTEST_SKIP() << "no video has " << spec.inputChannels << " -> " << spec.outputChannels << " channels";
  const bool grey = spec.inputChannels == 1;
  for (const auto& format : formatsFor(GetParam(), grey)) {
    SCOPED_TRACE(format);
    const Picture in = makePicture(videoCaps(format, 37, 22), {6, 2});
    const Picture out = outputFor(weights, in);
    ASSERT_TRUE(out.buffer);
    const Difference difference =
        compare(out, grey ? reference(*model, in) : expectedTranslation(*model, in));
    EXPECT_LE(difference.mean, 0.1);
    EXPECT_LE(difference.largest, 1);
    EXPECT_FALSE(compare(out, in).alphaDiffers);
  }
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(GoldenFormats);
INSTANTIATE_TEST_SUITE_P(Reference, GoldenFormats, testing::ValuesIn(resnetCases()),
                         [](const auto& golden) { return testName(golden.param); });
INSTANTIATE_TEST_SUITE_P(Unets, GoldenFormats, testing::ValuesIn(unetCases()),
                         [](const auto& golden) { return testName(golden.param); });

class ShippedModel : public ElementTest {
 protected:
  ShippedModel() {
    const StateDict tensors = readStateDict(CUT_SHIPPED_FRAME);
    const Tensor& frame = *find(tensors, "frame");                         // (H, W, 3) uint8
    const std::vector<float> planes = toFloats(*find(tensors, "output"));  // (3, H, W), [-1, 1]
    caps_ = videoCaps("RGB", static_cast<int>(frame.shape[1]), static_cast<int>(frame.shape[0]));
    frame_ = pictureOf(frame.data.data(), frame.data.size());
    const std::size_t pixels = planes.size() / 3;
    std::vector<guint8> bytes(planes.size());
    for (std::size_t i = 0; i < bytes.size(); ++i)
      bytes[i % pixels * 3 + i / pixels] =
          static_cast<guint8>(std::lround((std::clamp(planes[i], -1.0F, 1.0F) + 1) * 127.5F));
    truth_ = pictureOf(bytes.data(), bytes.size());
  }

  Picture pictureOf(const void* bytes, std::size_t size) const {
    Picture picture{{}, caps_, BufferPtr(gst_buffer_new_memdup(bytes, size))};
    gst_video_info_from_caps(&picture.info, capsOf(caps_).get());
    return picture;
  }

  Difference differenceFrom(const Picture& truth, const Picture& in) const {
    const auto element = makeElement(CUT_SHIPPED_MODEL);
    g_object_set(element.get(), "device", "cpu", "threads", 1, "verify", TRUE, nullptr);
    gst_util_set_object_arg(G_OBJECT(element.get()), "precision", "fp32");
    const auto harness = makeHarness(element.get(), in.caps);
    const Picture out = translate(harness.get(), in);
    if (!out.buffer) throw std::runtime_error("nothing came out for " + in.caps);
    return compare(truth, out);
  }

  // The middle of the frame: large enough for the statistics, and fast under sanitizers.
  Picture middle(int width, int height) const {
    GstMapInfo map;
    gst_buffer_map(frame_.buffer.get(), &map, GST_MAP_READ);
    std::vector<guint8> bytes;
    for (int y = 0; y < height; ++y) {
      const guint8* row = map.data + ((frame_.info.height - height) / 2 + y) * frame_.info.stride[0] +
                          (frame_.info.width - width) / 2 * 3;
      bytes.insert(bytes.end(), row, row + 3 * width);
    }
    gst_buffer_unmap(frame_.buffer.get(), &map);
    Picture picture{{}, videoCaps("RGB", width, height), {}};
    gst_video_info_from_caps(&picture.info, capsOf(picture.caps).get());
    picture.buffer.reset(gst_buffer_new_memdup(bytes.data(), bytes.size()));
    return picture;
  }

  std::string caps_;
  Picture frame_;
  Picture truth_;
};

TEST_F(ShippedModel, RgbIsWithinOneLevelOfTheReference) {
  EXPECT_LE(differenceFrom(truth_, frame_).largest, 1);
}

// GstVideoConverter's fast paths around the network gave a bias of -2 levels here, which is 40 dB.
TEST_F(ShippedModel, YuvKeepsSixtyDecibelsWithoutBias) {
  const auto model = SharedModel::open(CUT_SHIPPED_MODEL,
                                       {.engine = CUT_TRUTH, .device = "cpu", .precision = Precision::fp32});
#ifdef CUT_SANITIZED
  const auto formats = {"NV12", "P010_10LE"}, colorimetries = {"bt709"};
#else
  const auto formats = {"NV12", "I420", "YUY2", "P010_10LE", "I420_10LE", "I422_10LE", "Y444"};
  const auto colorimetries = {"bt601", "bt709", "1:4:7:1"};
#endif
  for (const char* format : formats)
    for (const char* colorimetry : colorimetries) {
      SCOPED_TRACE(testing::Message() << format << " " << colorimetry);
      const Picture in =
          encoded(middle(160, 96), videoCaps(format, 160, 96, std::string(",colorimetry=") + colorimetry));
      const Difference difference = differenceFrom(expectedTranslation(*model, in), in);
      EXPECT_GE(difference.psnr, 60);
      EXPECT_LE(std::abs(difference.bias), 0.1);
      EXPECT_LE(difference.largest, 1);
    }
}

}  // namespace
}  // namespace cut::test
