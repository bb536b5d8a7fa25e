// SPDX-License-Identifier: MIT
#include <algorithm>

#include "kernels/image/yuv_conversion.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/image/yuv_unpack.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace cut::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::ScalableTag<float>;
using Words = hn::RebindToSigned<Floats>;

constexpr std::int64_t tileColumns = 512;  // per pass, so that intermediate lines stay in the L1 cache
constexpr std::int64_t lineFloats = tileColumns + 2 * 64;  // vectors may write beyond the end

// The samples of a component in a row: groups of `step` bytes, each with a word at byte `wordByte` that holds
// a sample in some of its bits.
struct SampleRow {
  const std::uint8_t* first;
  std::int64_t step;
  int wordByte;
  int shift;
  int mask;
};

template <typename Word>
HWY_ATTR std::int64_t loadVectors(const SampleRow& row, std::int64_t count, float* to) {
  const Floats d;
  const hn::Rebind<Word, Floats> dw;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto mask = hn::Set(Words(), row.mask);
  const int shift = 8 * row.wordByte + row.shift;
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const auto* at = reinterpret_cast<const Word*>(row.first + i * row.step);
    const auto raw = hn::LoadU(dw, at);
    const auto wide = [&] {
      if constexpr (sizeof(Word) == 4)
        return hn::BitCast(Words(), raw);
      else
        return hn::PromoteTo(Words(), raw);
    }();
    hn::StoreU(hn::ConvertTo(d, hn::And(hn::ShiftRightSame(wide, shift), mask)), d, to + i);
  }
  return i;
}

// Loads groups as vectors of integers of their size, and the rest of a row word by word.
HWY_ATTR void loadSamples(const SampleRow& row, std::int64_t count, float* to) {
  std::int64_t i = row.step == 1   ? loadVectors<std::uint8_t>(row, count, to)
                   : row.step == 2 ? loadVectors<std::uint16_t>(row, count, to)
                   : row.step == 4 ? loadVectors<std::uint32_t>(row, count, to)
                                   : 0;
  const std::uint8_t* word = row.first + row.wordByte;
  if (row.mask == 255) {
    for (; i < count; ++i) to[i] = static_cast<float>(word[i * row.step]);
    return;
  }
  for (; i < count; ++i)
    to[i] = static_cast<float>((word[i * row.step] | word[i * row.step + 1] << 8) >> row.shift & row.mask);
}

// One of three components: its plane, and its number of samples each way.
struct Component {
  const std::uint8_t* plane;
  std::ptrdiff_t stride;
  std::int64_t step;
  int wordByte, shift, mask;
  std::int64_t width, height;

  // The samples from column `x` on.
  SampleRow row(std::int64_t y, std::int64_t x) const {
    return {plane + y * stride + x * step, step, wordByte, shift, mask};
  }
};

Component componentOf(const YuvView& view, const YuvComponent& component, int shiftX, int shiftY) {
  const auto plane = static_cast<std::size_t>(component.plane);
  const int wordByte = component.offset % component.step;
  return {view.planes[plane] + component.offset - wordByte,
          view.strides[plane],
          component.step,
          wordByte,
          view.format.shift,
          (1 << view.format.depth) - 1,
          (view.width + shiftX) >> shiftX,
          (view.height + shiftY) >> shiftY};
}

// Two neighbours and their weights.
struct Taps {
  std::int64_t first, second;
  float firstWeight, secondWeight;
};

// The samples around position `at` of the picture, in one direction.
Taps tapsOf(std::int64_t at, int shift, ChromaSite site, std::int64_t count) {
  if (shift == 0) return {at, at, 1, 0};
  const std::int64_t sample = at / 2;
  const bool odd = at % 2 != 0;
  if (site == ChromaSite::cosited) {
    if (!odd) return {sample, sample, 1, 0};
    return {sample, std::min(sample + 1, count - 1), 0.5f, 0.5f};
  }
  const std::int64_t other = odd ? std::min(sample + 1, count - 1) : std::max<std::int64_t>(sample - 1, 0);
  return {sample, other, 0.75f, 0.25f};
}

// Interpolates `count` samples between two rows, from column `x` on, with replication padding.
HWY_ATTR void loadLine(const Component& component, const Taps& rows, std::int64_t x, std::int64_t count,
                       float* to) {
  const std::int64_t begin = std::max<std::int64_t>(x, 0), end = std::min(x + count, component.width);
  const std::int64_t before = begin - x, inside = end - begin;
  loadSamples(component.row(rows.first, begin), inside, to + before);
  if (rows.secondWeight != 0 && rows.second != rows.first) {
    HWY_ALIGN float other[lineFloats];
    loadSamples(component.row(rows.second, begin), inside, other);
    const Floats d;
    const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
    const auto first = hn::Set(d, rows.firstWeight), second = hn::Set(d, rows.secondWeight);
    for (std::int64_t i = 0; i < inside; i += lanes) {
      float* at = to + before + i;
      hn::StoreU(hn::MulAdd(hn::LoadU(d, at), first, hn::Mul(hn::LoadU(d, other + i), second)), d, at);
    }
  }
  std::fill_n(to, before, to[before]);
  std::fill(to + before + inside, to + count, to[before + inside - 1]);
}

// Upsamples a chroma line, whose first sample is the one before the columns, which begin with an even one.
HWY_ATTR void upsampleLine(const float* line, ChromaSite site, std::int64_t columns, float* to) {
  const Floats d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const bool cosited = site == ChromaSite::cosited;
  const auto near = hn::Set(d, cosited ? 1.0f : 0.75f), far = hn::Set(d, cosited ? 0.0f : 0.25f);
  const auto nearOdd = hn::Set(d, cosited ? 0.5f : 0.75f), farOdd = hn::Set(d, cosited ? 0.5f : 0.25f);
  for (std::int64_t i = 0; 2 * i < columns; i += lanes) {
    const auto middle = hn::LoadU(d, line + i + 1);
    const auto even = hn::MulAdd(middle, near, hn::Mul(hn::LoadU(d, line + i), far));
    const auto odd = hn::MulAdd(middle, nearOdd, hn::Mul(hn::LoadU(d, line + i + 2), farOdd));
    hn::StoreInterleaved2(even, odd, d, to + 2 * i);
  }
}

// Writes a part of a row to the network's input.
HWY_ATTR void writeRgb(const float* y, const float* u, const float* v, std::int64_t columns,
                       const ColorTransform& transform, const MutableFloatImage& to, float* out) {
  const Floats d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto low = hn::Set(d, -1.0f), high = hn::Set(d, 1.0f);
  HWY_ALIGN float lines[3][lineFloats];
  const auto color = [&](std::size_t c, std::int64_t x) HWY_ATTR {
    const auto& factor = transform.factor[c];
    auto sum = hn::MulAdd(hn::LoadU(d, y + x), hn::Set(d, factor[0]), hn::Set(d, transform.offset[c]));
    sum = hn::MulAdd(hn::LoadU(d, u + x), hn::Set(d, factor[1]), sum);
    sum = hn::MulAdd(hn::LoadU(d, v + x), hn::Set(d, factor[2]), sum);
    return hn::Min(hn::Max(sum, low), high);
  };
  const bool packed = to.pixelStride == 3 && to.channelStride == 1;
  std::int64_t x = 0;
  if (packed)
    for (; x + lanes <= columns; x += lanes)
      hn::StoreInterleaved3(color(0, x), color(1, x), color(2, x), d, out + 3 * x);
  for (std::int64_t at = x; at < columns; at += lanes)
    for (std::size_t c = 0; c < 3; ++c) hn::StoreU(color(c, at), d, lines[c] + at);
  for (std::size_t c = 0; c < 3; ++c) {
    float* channel = out + static_cast<std::ptrdiff_t>(c) * to.channelStride;
    for (std::int64_t at = x; at < columns; ++at) channel[at * to.pixelStride] = lines[c][at];
  }
}

HWY_ATTR void unpackSomeRows(const YuvView& from, const MutableFloatImage& to, std::int64_t begin,
                             std::int64_t end) {
  const YuvFormat& format = from.format;
  const int shiftX = format.chromaShiftX, shiftY = format.chromaShiftY;
  const Component luma = componentOf(from, format.y, 0, 0);
  const Component chroma[2] = {componentOf(from, format.u, shiftX, shiftY),
                               componentOf(from, format.v, shiftX, shiftY)};
  const ColorTransform transform = rgbFromYuv(format);
  HWY_ALIGN float y[lineFloats], line[lineFloats], color[2][lineFloats];
  for (std::int64_t row = begin; row < end; ++row) {
    const Taps rows = tapsOf(row, shiftY, format.siteY, chroma[0].height);
    for (std::int64_t x = 0; x < from.width; x += tileColumns) {
      const std::int64_t columns = std::min(tileColumns, from.width - x);
      loadSamples(luma.row(row, x), columns, y);
      for (int c = 0; c < 2; ++c) {
        if (shiftX == 0) {
          loadLine(chroma[c], rows, x, columns, color[c]);
          continue;
        }
        loadLine(chroma[c], rows, x / 2 - 1, (columns + 1) / 2 + 2, line);
        upsampleLine(line, format.siteX, columns, color[c]);
      }
      writeRgb(y, color[0], color[1], columns, transform, to,
               to.data + row * to.rowStride + x * to.pixelStride);
    }
  }
}

HWY_ATTR void unpackRows(const YuvView& from, const MutableFloatImage& to, ParallelFor parallelFor) {
  parallelFor(from.height,
              [&](std::int64_t begin, std::int64_t end) HWY_ATTR { unpackSomeRows(from, to, begin, end); });
}

}  // namespace cut::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cut::cpu {

HWY_EXPORT(unpackRows);

void unpack(const YuvView& from, const MutableFloatImage& to, Size padded, ParallelFor parallelFor) {
  HWY_DYNAMIC_DISPATCH(unpackRows)(from, to, parallelFor);
  reflectBorders(to, 3, {from.width, from.height}, padded);
}

}  // namespace cut::cpu
#endif
