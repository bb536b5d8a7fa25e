// SPDX-License-Identifier: MIT
// The YUV kernels against double precision, for every layout, matrix, range and chroma site.
#include "kernels/image/yuv_conversion.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <string>

#include "targets.hpp"
#include "yuv_reference.hpp"

namespace cut::cpu {
namespace {

using test::deviation;
using test::Planes3;
using test::Samples;

struct Layout {
  const char* name;
  YuvFormat format;
};

YuvFormat layout(int depth, int shift, YuvComponent y, YuvComponent u, YuvComponent v, int shiftX, int shiftY,
                 YuvComponent alpha = {-1, 0, 1}) {
  YuvFormat format;
  format.depth = depth;
  format.shift = shift;
  format.y = y;
  format.u = u;
  format.v = v;
  format.alpha = alpha;
  format.chromaShiftX = shiftX;
  format.chromaShiftY = shiftY;
  return format;
}

const std::vector<Layout>& layouts() {
  static const auto& all = *new std::vector<Layout>{
      {"NV12", layout(8, 0, {0, 0, 1}, {1, 0, 2}, {1, 1, 2}, 1, 1)},
      {"NV21", layout(8, 0, {0, 0, 1}, {1, 1, 2}, {1, 0, 2}, 1, 1)},
      {"I420", layout(8, 0, {0, 0, 1}, {1, 0, 1}, {2, 0, 1}, 1, 1)},
      {"A420", layout(8, 0, {0, 0, 1}, {1, 0, 1}, {2, 0, 1}, 1, 1, {3, 0, 1})},
      {"YUY2", layout(8, 0, {0, 0, 2}, {0, 1, 4}, {0, 3, 4}, 1, 0)},
      {"UYVY", layout(8, 0, {0, 1, 2}, {0, 0, 4}, {0, 2, 4}, 1, 0)},
      {"Y42B", layout(8, 0, {0, 0, 1}, {1, 0, 1}, {2, 0, 1}, 1, 0)},
      {"Y444", layout(8, 0, {0, 0, 1}, {1, 0, 1}, {2, 0, 1}, 0, 0)},
      {"v308", layout(8, 0, {0, 0, 3}, {0, 1, 3}, {0, 2, 3}, 0, 0)},
      {"AYUV", layout(8, 0, {0, 1, 4}, {0, 2, 4}, {0, 3, 4}, 0, 0, {0, 0, 4})},
      {"P010", layout(10, 6, {0, 0, 2}, {1, 0, 4}, {1, 2, 4}, 1, 1)},
      {"P016", layout(16, 0, {0, 0, 2}, {1, 0, 4}, {1, 2, 4}, 1, 1)},
      {"I420_10LE", layout(10, 0, {0, 0, 2}, {1, 0, 2}, {2, 0, 2}, 1, 1)},
      {"I422_12LE", layout(12, 0, {0, 0, 2}, {1, 0, 2}, {2, 0, 2}, 1, 0)},
      {"A444_10LE", layout(10, 0, {0, 0, 2}, {1, 0, 2}, {2, 0, 2}, 0, 0, {3, 0, 2})},
      {"Y210", layout(10, 6, {0, 0, 4}, {0, 2, 8}, {0, 6, 8}, 1, 0)},
      {"Y412", layout(12, 4, {0, 2, 8}, {0, 0, 8}, {0, 4, 8}, 0, 0, {0, 6, 8})},
  };
  return all;
}

// Memory for a picture: planes behind each other, rows with some bytes between them.
class YuvBuffer {
 public:
  YuvBuffer(const YuvFormat& format, int width, int height, bool bottomUp = false)
      : width_(width), height_(height) {
    view_.width = width;
    view_.height = height;
    view_.format = format;
    std::size_t sizes[4] = {};
    for (const YuvComponent& component : {format.y, format.u, format.v, format.alpha}) {
      if (component.plane < 0) continue;
      const auto plane = static_cast<std::size_t>(component.plane);
      const bool chroma = component == format.u || component == format.v;
      const int shared = chroma ? format.chromaShiftX : 0;
      const std::ptrdiff_t row = ((width + shared) >> shared) * std::ptrdiff_t{component.step};
      view_.strides[plane] = std::max(view_.strides[plane], row + 5);
      const int rows = chroma ? (height + format.chromaShiftY) >> format.chromaShiftY : height;
      rows_[plane] = std::max(rows_[plane], rows);
    }
    std::size_t size = 0;
    for (std::size_t plane = 0; plane < 4; ++plane) {
      // A row of YUY2 has whole groups.
      view_.strides[plane] += view_.strides[plane] == 0 ? 0 : 8;
      sizes[plane] = static_cast<std::size_t>(view_.strides[plane]) * static_cast<std::size_t>(rows_[plane]);
      size += sizes[plane];
    }
    bytes_.resize(size);
    std::minstd_rand random(7);
    for (std::uint8_t& byte : bytes_) byte = static_cast<std::uint8_t>(random() >> 8);
    std::size_t at = 0;
    for (std::size_t plane = 0; plane < 4; ++plane) {
      view_.planes[plane] = bytes_.data() + at;
      at += sizes[plane];
      if (!bottomUp || sizes[plane] == 0) continue;
      view_.planes[plane] += static_cast<std::ptrdiff_t>(sizes[plane]) - view_.strides[plane];
      view_.strides[plane] = -view_.strides[plane];
    }
  }

  const MutableYuvView& view() const { return view_; }
  YuvView constView() const {
    YuvView view;
    std::copy(view_.planes.begin(), view_.planes.end(), view.planes.begin());
    view.strides = view_.strides;
    view.width = width_;
    view.height = height_;
    view.format = view_.format;
    return view;
  }
  const std::vector<std::uint8_t>& bytes() const { return bytes_; }

  int get(const YuvComponent& component, int x, int y) const {
    const std::uint8_t* from = place(component, x, y);
    int word = from[0];
    if (view_.format.depth > 8) word |= from[1] << 8;
    return word >> view_.format.shift & ((1 << view_.format.depth) - 1);
  }
  // Bits that do not count stay as they are.
  void set(const YuvComponent& component, int x, int y, int value) {
    std::uint8_t* to = place(component, x, y);
    const int depth = view_.format.depth, shift = view_.format.shift;
    int word = to[0] | (depth > 8 ? to[1] << 8 : 0);
    word = (word & ~(((1 << depth) - 1) << shift)) | value << shift;
    to[0] = static_cast<std::uint8_t>(word);
    if (depth > 8) to[1] = static_cast<std::uint8_t>(word >> 8);
  }

  Planes3 samples() const {
    const YuvFormat& format = view_.format;
    Planes3 planes = test::emptyYuv(width_, height_, format);
    const YuvComponent components[3] = {format.y, format.u, format.v};
    for (std::size_t c = 0; c < 3; ++c)
      for (int y = 0; y < planes[c].height; ++y)
        for (int x = 0; x < planes[c].width; ++x) planes[c].at(x, y) = get(components[c], x, y);
    return planes;
  }
  void setSamples(const Planes3& planes) {
    const YuvFormat& format = view_.format;
    const YuvComponent components[3] = {format.y, format.u, format.v};
    for (std::size_t c = 0; c < 3; ++c)
      for (int y = 0; y < planes[c].height; ++y)
        for (int x = 0; x < planes[c].width; ++x)
          set(components[c], x, y, static_cast<int>(planes[c].at(x, y)));
  }

 private:
  std::uint8_t* place(const YuvComponent& component, int x, int y) const {
    const auto plane = static_cast<std::size_t>(component.plane);
    return view_.planes[plane] + y * view_.strides[plane] + component.offset +
           static_cast<std::ptrdiff_t>(x) * component.step;
  }

  int width_, height_;
  int rows_[4] = {};
  MutableYuvView view_;
  std::vector<std::uint8_t> bytes_;
};

// A network's floats, packed or planar, with columns beyond the picture.
struct FloatPicture {
  FloatPicture(int width, int height, bool planar)
      : padded(paddedSize({width, height}, 4)),
        values(static_cast<std::size_t>(3 * padded.width * padded.height), 7.0f) {
    const std::ptrdiff_t plane = std::ptrdiff_t{padded.width} * padded.height;
    image = planar ? MutableFloatImage{values.data(), plane, padded.width, 1}
                   : MutableFloatImage{values.data(), 1, std::ptrdiff_t{3} * padded.width, 3};
  }
  FloatImage constImage() const {
    return {image.data, image.channelStride, image.rowStride, image.pixelStride};
  }
  float& at(int c, int x, int y) const {
    return image.data[c * image.channelStride + y * image.rowStride + x * image.pixelStride];
  }

  Size padded;
  std::vector<float> values;
  MutableFloatImage image;
};

const std::pair<int, int> sizes[] = {{1, 1}, {2, 3}, {5, 1}, {1, 4}, {37, 23}, {64, 18}, {1031, 5}};

class YuvKernel : public testing::TestWithParam<Layout> {};

// Every matrix with every range and site.
std::vector<YuvFormat> colorsOf(const YuvFormat& format) {
  std::vector<YuvFormat> all;
  for (const auto matrix : {YuvMatrix::bt601, YuvMatrix::bt709, YuvMatrix::bt2020, YuvMatrix::smpte240m,
                            YuvMatrix::fcc, YuvMatrix::identity})
    for (const auto range : {YuvRange::limited, YuvRange::full})
      for (const auto siteX : {ChromaSite::cosited, ChromaSite::centered})
        for (const auto siteY : {ChromaSite::cosited, ChromaSite::centered}) {
          all.push_back(format);
          all.back().matrix = matrix;
          all.back().range = range;
          all.back().siteX = siteX;
          all.back().siteY = siteY;
        }
  return all;
}

void expectUnpacked(const YuvFormat& format, int width, int height, bool planar) {
  const YuvBuffer in(format, width, height);
  const FloatPicture out(width, height, planar);
  unpack(in.constView(), out.image, out.padded, serialFor);
  const Planes3 expected = test::rgbOf(in.samples(), format);
  double largest = 0;
  for (int c = 0; c < 3; ++c)
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x)
        largest =
            std::max(largest, std::abs(expected[static_cast<std::size_t>(c)].at(x, y) - out.at(c, x, y)));
  EXPECT_LT(largest, 2e-6) << width << "x" << height;
  // Reflected beyond the picture.
  if (width > 1 && out.padded.width > width) {
    EXPECT_EQ(out.at(1, width, 0), out.at(1, width - 2, 0));
  }
}

TEST_P(YuvKernel, UnpackMatchesDoubleReference) {
  tests::forEachTarget([&](const char* target) {
    SCOPED_TRACE(target);
    for (const auto& [width, height] : sizes) expectUnpacked(GetParam().format, width, height, false);
    expectUnpacked(GetParam().format, 37, 23, true);
    for (const YuvFormat& format : colorsOf(GetParam().format)) expectUnpacked(format, 38, 7, false);
  });
}

// Noise beyond [-1, 1], packed and compared with double precision rounded once.
void expectPacked(const YuvFormat& format, int width, int height, bool planar, ParallelFor parallelFor) {
  FloatPicture in(width, height, planar);
  std::minstd_rand random(11);
  std::uniform_real_distribution<float> noise(-1.1f, 1.1f);
  Planes3 rgb{Samples(width, height), Samples(width, height), Samples(width, height)};
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < 3; ++c) rgb[static_cast<std::size_t>(c)].at(x, y) = in.at(c, x, y) = noise(random);
  const YuvBuffer out(format, width, height);
  EXPECT_TRUE(pack(in.constImage(), out.constView(), out.view(), parallelFor));
  const Planes3 exact = test::exactYuvOf(rgb, format);
  const Planes3 got = out.samples();
  const double accuracy = std::ldexp(2e-6, format.depth);  // of the floats between
  for (std::size_t c = 0; c < 3; ++c)
    EXPECT_LE(deviation(exact[c], got[c]).largest, 0.5 + accuracy)
        << "component " << c << " of " << width << "x" << height;
}

TEST_P(YuvKernel, PackMatchesDoubleReference) {
  tests::forEachTarget([&](const char* target) {
    SCOPED_TRACE(target);
    for (const auto& [width, height] : sizes)
      expectPacked(GetParam().format, width, height, false, serialFor);
    expectPacked(GetParam().format, 37, 23, true, serialFor);
    for (const YuvFormat& format : colorsOf(GetParam().format)) expectPacked(format, 38, 7, false, serialFor);
  });
}

// A colour wheel's slope: all of it within RGB, and chroma that interpolation carries.
Planes3 smoothPicture(const YuvFormat& format, int width, int height) {
  Planes3 rgb{Samples(width, height), Samples(width, height), Samples(width, height)};
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (std::size_t c = 0; c < 3; ++c)
        rgb[c].at(x, y) = 0.8 * std::sin(0.012 * x + 0.015 * y + 2.0 * static_cast<double>(c));
  return test::yuvOf(rgb, format);
}

TEST_P(YuvKernel, IdentityRoundTripKeepsSamples) {
  const int width = 203, height = 84;
  for (const YuvFormat& format : colorsOf(GetParam().format)) {
    YuvBuffer in(format, width, height);
    in.setSamples(smoothPicture(format, width, height));
    const FloatPicture between(width, height, false);
    unpack(in.constView(), between.image, between.padded, serialFor);
    const YuvBuffer out(format, width, height);
    pack(between.constImage(), in.constView(), out.view(), serialFor);
    const Planes3 before = in.samples(), after = out.samples();
    EXPECT_LE(deviation(before[0], after[0]).largest, 1);
    // Borders repeat their samples, which is no smooth chroma: within them a level of 8 bits.
    for (std::size_t c = 1; c < 3; ++c)
      EXPECT_LE(deviation(before[c], after[c]).largest, std::max(1.0, std::ldexp(1, format.depth - 8)));
  }
}

TEST_P(YuvKernel, PackedBytesDoNotDependOnThreadCount) {
  const int width = 530, height = 19;
  const YuvFormat& format = GetParam().format;
  const YuvBuffer in(format, width, height);
  const FloatPicture whole(width, height, false), pieces(width, height, false);
  const auto rowByRow = [](std::int64_t count, RangeTask task) {
    for (std::int64_t row = count; row-- > 0;) task(row, row + 1);
  };
  unpack(in.constView(), whole.image, whole.padded, serialFor);
  unpack(in.constView(), pieces.image, pieces.padded, rowByRow);
  EXPECT_EQ(whole.values, pieces.values);
  const YuvBuffer once(format, width, height), inPieces(format, width, height);
  pack(whole.constImage(), in.constView(), once.view(), serialFor);
  pack(whole.constImage(), in.constView(), inPieces.view(), rowByRow);
  EXPECT_EQ(once.bytes(), inPieces.bytes());
}

TEST_P(YuvKernel, NegativeStridesAreSupported) {
  const int width = 21, height = 10;
  const YuvFormat& format = GetParam().format;
  YuvBuffer up(format, width, height, true), down(format, width, height);
  up.setSamples(down.samples());
  const FloatPicture fromUp(width, height, false), fromDown(width, height, false);
  unpack(up.constView(), fromUp.image, fromUp.padded, serialFor);
  unpack(down.constView(), fromDown.image, fromDown.padded, serialFor);
  EXPECT_EQ(fromUp.values, fromDown.values);
  pack(fromDown.constImage(), up.constView(), up.view(), serialFor);
  pack(fromDown.constImage(), down.constView(), down.view(), serialFor);
  const Planes3 a = up.samples(), b = down.samples();
  for (std::size_t c = 0; c < 3; ++c) EXPECT_EQ(deviation(a[c], b[c]).largest, 0);
}

TEST_P(YuvKernel, PackReportsNan) {
  const int width = 37, height = 6;
  FloatPicture in(width, height, false);
  const YuvBuffer out(GetParam().format, width, height);
  tests::forEachTarget([&](const char* target) {
    SCOPED_TRACE(target);
    for (const int x : {0, 20, 36}) {
      in.at(1, x, 5) = std::numeric_limits<float>::quiet_NaN();
      EXPECT_FALSE(pack(in.constImage(), out.constView(), out.view(), serialFor));
      in.at(1, x, 5) = std::numeric_limits<float>::infinity();
      EXPECT_TRUE(pack(in.constImage(), out.constView(), out.view(), serialFor));
    }
  });
}

TEST_P(YuvKernel, AlphaIsCopied) {
  const YuvFormat& format = GetParam().format;
  if (format.alpha.plane < 0) return;
  const YuvBuffer in(format, 37, 6);
  YuvBuffer out(format, 37, 6);
  for (int y = 0; y < 6; ++y)
    for (int x = 0; x < 37; ++x) out.set(format.alpha, x, y, 0);
  const FloatPicture floats(37, 6, false);
  pack(floats.constImage(), in.constView(), out.view(), serialFor);
  for (int y = 0; y < 6; ++y)
    for (int x = 0; x < 37; ++x) ASSERT_EQ(out.get(format.alpha, x, y), in.get(format.alpha, x, y));
}

INSTANTIATE_TEST_SUITE_P(Layouts, YuvKernel, testing::ValuesIn(layouts()),
                         [](const auto& each) { return each.param.name; });

// 8-bit luma 126 in limited range is grey 128.1: GstVideoConverter's fast paths give 126.
TEST(YuvUnpack, YuvGreyFollowsTheStandard) {
  const YuvFormat format = layout(8, 0, {0, 0, 1}, {1, 0, 1}, {2, 0, 1}, 1, 1);
  YuvBuffer in(format, 8, 8);
  for (const auto& [luma, grey] : {std::pair{126, 128.0822}, {16, 0.0}, {235, 255.0}}) {
    Planes3 samples = test::emptyYuv(8, 8, format);
    for (double& value : samples[0].values) value = luma;
    for (std::size_t c = 1; c < 3; ++c)
      for (double& value : samples[c].values) value = 128;
    in.setSamples(samples);
    const FloatPicture out(8, 8, false);
    unpack(in.constView(), out.image, out.padded, serialFor);
    for (int c = 0; c < 3; ++c) EXPECT_NEAR((out.at(c, 3, 3) + 1) * 127.5, grey, 1e-3);
  }
}

}  // namespace
}  // namespace cut::cpu
