// SPDX-License-Identifier: MIT
#include "yuv_reference.hpp"

#include <algorithm>
#include <cmath>

namespace cut::test {
namespace {

// ITU-R BT.601-7 2.5.1, BT.709-6 3.2, BT.2020-2 table 4; FCC and SMPTE 240M as ITU-T H.273 has them.
struct LumaWeights {
  double red, blue;
};

LumaWeights weightsOf(YuvMatrix matrix) {
  switch (matrix) {
    case YuvMatrix::bt709:
      return {0.2126, 0.0722};
    case YuvMatrix::bt2020:
      return {0.2627, 0.0593};
    case YuvMatrix::fcc:
      return {0.30, 0.11};
    case YuvMatrix::smpte240m:
      return {0.212, 0.087};
    default:
      return {0.299, 0.114};
  }
}

double steps(const YuvFormat& format) {
  return std::pow(2.0, format.depth - 8);
}

double largestSample(const YuvFormat& format) {
  return std::pow(2.0, format.depth) - 1;
}

// Luma in [0, 1].
double lumaFrom(double sample, const YuvFormat& format) {
  if (format.range == YuvRange::full) return sample / largestSample(format);
  return (sample / steps(format) - 16) / 219;
}

double lumaTo(double luma, const YuvFormat& format) {
  return format.range == YuvRange::full ? luma * largestSample(format) : (luma * 219 + 16) * steps(format);
}

// Chroma in [-0.5, 0.5].
double chromaFrom(double sample, const YuvFormat& format) {
  if (format.matrix == YuvMatrix::identity) return lumaFrom(sample, format);
  const double centre = 128 * steps(format);
  return (sample - centre) / (format.range == YuvRange::full ? largestSample(format) : 224 * steps(format));
}

double chromaTo(double chroma, const YuvFormat& format) {
  if (format.matrix == YuvMatrix::identity) return lumaTo(chroma, format);
  const double scale = format.range == YuvRange::full ? largestSample(format) : 224 * steps(format);
  return 128 * steps(format) + chroma * scale;
}

double clamped(double sample, const YuvFormat& format) {
  return std::clamp(sample, 0.0, largestSample(format));
}

// Position of a chroma sample among the luma samples.
double siteOf(int sample, int shift, ChromaSite site) {
  if (shift == 0) return sample;
  return 2 * sample + (site == ChromaSite::centered ? 0.5 : 0);
}

// The two samples around a position, and the share of the second.
struct Between {
  int first, second;
  double share;
};

Between between(int at, int shift, ChromaSite site, int count) {
  int first = 0;
  while (first + 1 < count && siteOf(first + 1, shift, site) <= at) ++first;
  const int second = std::min(first + 1, count - 1);
  const double gap = siteOf(second, shift, site) - siteOf(first, shift, site);
  const double share = gap == 0 ? 0 : (at - siteOf(first, shift, site)) / gap;
  return {first, second, std::clamp(share, 0.0, 1.0)};
}

double chromaAt(const Samples& chroma, int x, int y, const YuvFormat& format) {
  const Between columns = between(x, format.chromaShiftX, format.siteX, chroma.width);
  const Between rows = between(y, format.chromaShiftY, format.siteY, chroma.height);
  const auto inRow = [&](int row) {
    return chroma.at(columns.first, row) * (1 - columns.share) +
           chroma.at(columns.second, row) * columns.share;
  };
  return inRow(rows.first) * (1 - rows.share) + inRow(rows.second) * rows.share;
}

// What a chroma sample takes of the positions -1, 0 and 1 from the first of its luma samples.
std::array<double, 3> filterOf(int shift, ChromaSite site) {
  if (shift == 0) return {0, 1, 0};
  if (site == ChromaSite::cosited) return {0.25, 0.5, 0.25};
  return {0, 0.5, 0.5};
}

}  // namespace

Planes3 emptyYuv(int width, int height, const YuvFormat& format) {
  const int chromaWidth = (width + format.chromaShiftX) >> format.chromaShiftX;
  const int chromaHeight = (height + format.chromaShiftY) >> format.chromaShiftY;
  return {Samples(width, height), Samples(chromaWidth, chromaHeight), Samples(chromaWidth, chromaHeight)};
}

Planes3 rgbOf(const Planes3& yuv, const YuvFormat& format) {
  const int width = yuv[0].width, height = yuv[0].height;
  Planes3 rgb{Samples(width, height), Samples(width, height), Samples(width, height)};
  const auto [red, blue] = weightsOf(format.matrix);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const double luma = lumaFrom(yuv[0].at(x, y), format);
      const double cb = chromaFrom(chromaAt(yuv[1], x, y, format), format);
      const double cr = chromaFrom(chromaAt(yuv[2], x, y, format), format);
      double r = cr, g = luma, b = cb;
      if (format.matrix != YuvMatrix::identity) {
        r = luma + 2 * (1 - red) * cr;
        b = luma + 2 * (1 - blue) * cb;
        g = (luma - red * r - blue * b) / (1 - red - blue);
      }
      rgb[0].at(x, y) = std::clamp(2 * r - 1, -1.0, 1.0);
      rgb[1].at(x, y) = std::clamp(2 * g - 1, -1.0, 1.0);
      rgb[2].at(x, y) = std::clamp(2 * b - 1, -1.0, 1.0);
    }
  return rgb;
}

Planes3 exactYuvOf(const Planes3& rgb, const YuvFormat& format) {
  const int width = rgb[0].width, height = rgb[0].height;
  Planes3 full{Samples(width, height), Samples(width, height), Samples(width, height)};
  const auto [red, blue] = weightsOf(format.matrix);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const auto of = [&](std::size_t c) { return (std::clamp(rgb[c].at(x, y), -1.0, 1.0) + 1) / 2; };
      const double r = of(0), g = of(1), b = of(2);
      const bool identity = format.matrix == YuvMatrix::identity;
      const double luma = identity ? g : red * r + (1 - red - blue) * g + blue * b;
      full[0].at(x, y) = luma;
      full[1].at(x, y) = identity ? b : (b - luma) / (2 * (1 - blue));
      full[2].at(x, y) = identity ? r : (r - luma) / (2 * (1 - red));
    }
  Planes3 yuv = emptyYuv(width, height, format);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) yuv[0].at(x, y) = clamped(lumaTo(full[0].at(x, y), format), format);
  const auto columns = filterOf(format.chromaShiftX, format.siteX);
  const auto rows = filterOf(format.chromaShiftY, format.siteY);
  for (std::size_t c = 1; c < 3; ++c)
    for (int y = 0; y < yuv[c].height; ++y)
      for (int x = 0; x < yuv[c].width; ++x) {
        double sum = 0;
        for (std::size_t i = 0; i < 3; ++i)
          for (std::size_t j = 0; j < 3; ++j) {
            const int column = std::clamp((x << format.chromaShiftX) + static_cast<int>(i) - 1, 0, width - 1);
            const int row = std::clamp((y << format.chromaShiftY) + static_cast<int>(j) - 1, 0, height - 1);
            sum += columns[i] * rows[j] * full[c].at(column, row);
          }
        yuv[c].at(x, y) = clamped(chromaTo(sum, format), format);
      }
  return yuv;
}

Planes3 yuvOf(const Planes3& rgb, const YuvFormat& format) {
  Planes3 yuv = exactYuvOf(rgb, format);
  for (Samples& samples : yuv)
    for (double& value : samples.values) value = std::floor(value + 0.5);
  return yuv;
}

Deviation deviation(const Samples& a, const Samples& b) {
  Deviation result;
  for (std::size_t i = 0; i < a.values.size(); ++i) {
    const double difference = b.values[i] - a.values[i];
    result.bias += difference / static_cast<double>(a.values.size());
    result.largest = std::max(result.largest, std::abs(difference));
  }
  return result;
}

}  // namespace cut::test
